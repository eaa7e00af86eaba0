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
    return {name: adapter.dump_python(getattr(saga, name), mode="json") for name, adapter in _adapters().items()}


def from_json(data: Mapping[str, Any]) -> Saga:
    """The saga that was written; a field that it was written without has its default.

    Raises Poison naming the fields that cannot be read: a saga that forgot half of what it knew must not act.
    """
    read = {name: _read(adapter, data[name]) for name, adapter in _adapters().items() if name in data}
    damaged = [name for name, found in read.items() if not found]
    if damaged:
        raise Poison(f"saga_damaged {', '.join(sorted(damaged))}")
    return replace(Saga(handover_id="", person_ref=""), **{name: found[0] for name, found in read.items()})


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
def _adapters() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(Saga)
    return {one.name: TypeAdapter(hints[one.name]) for one in fields(Saga)}


def _read(adapter: TypeAdapter[Any], value: object) -> tuple[Any, ...]:
    try:
        return (adapter.validate_python(value),)
    except ValidationError:
        return ()
