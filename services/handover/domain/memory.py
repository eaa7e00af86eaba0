"""A saga as JSON and back, and the difference between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from services.handover.domain.saga import Saga
from services.kernel.errors import Poison


def to_json(saga: Saga) -> dict[str, Any]:
    """Everything it remembers, ready for JSON; `from_json` gives an equal saga back."""
    found: dict[str, Any] = _whole().dump_python(saga, mode="json")
    return found


def written(saga: Saga) -> bytes:
    """The same as text."""
    return _whole().dump_json(saga)


def from_json(data: Mapping[str, Any]) -> Saga:
    """The saga that was written; a field that it was written without has its default.

    Raises Poison naming the fields that cannot be read: a saga that forgot half of what it knew must not act.
    """
    try:
        return _whole().validate_python(data)
    except ValidationError as error:
        damaged = {str(one["loc"][0]) for one in error.errors(include_input=False, include_url=False)}
    raise Poison(f"saga_damaged {', '.join(sorted(damaged))}")


def difference(before: Saga | None, after: Saga) -> dict[str, Any]:
    """The fields of `after` that differ, ready for JSON."""
    known = before or Saga(handover_id="", person_ref="")
    changed = {name: one for name, one in _adapters().items() if getattr(known, name) != getattr(after, name)}
    return {name: one.dump_python(getattr(after, name), mode="json") for name, one in changed.items()}


def patched(saga: Saga, patch: Mapping[str, Any]) -> Saga:
    """The saga with a patch applied; unknown or unreadable fields are left as they were."""
    read = {name: _read(adapter, patch[name]) for name, adapter in _adapters().items() if name in patch}
    return replace(saga, **{name: found[0] for name, found in read.items() if found})


@cache
def _whole() -> TypeAdapter[Saga]:
    return TypeAdapter(Saga)


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(Saga)
    return {one.name: TypeAdapter(hints[one.name]) for one in fields(Saga)}


def _read(adapter: TypeAdapter[Any], value: object) -> tuple[Any, ...]:
    try:
        return (adapter.validate_python(value),)
    except ValidationError:
        return ()
