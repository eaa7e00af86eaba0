"""The values that policy picks within the bounds of the law (specification §2.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, TypeAlias

import yaml

from services.kernel.errors import InvalidInput
from services.reference.terms import DAY_KINDS, Duration, Term, parse_duration

Value: TypeAlias = str | int

KEY_FIELDS = frozenset({"default", "day", "unit", "basis", "cert", "min", "max"})


@dataclass(frozen=True, slots=True)
class Key:
    """One entry. `min` and `max` are legal bounds; `day` tells how days are counted, `unit` what a number counts."""

    name: str
    value: Value
    basis: str
    cert: str
    day: str | None = None
    unit: str | None = None
    min: Value | None = None
    max: Value | None = None


class Policy:
    """One version of all keys. Every read of an unknown key is an InvalidInput("policy_key_unknown")."""

    def __init__(self, version: str, timezone: str, calendar: str, keys: Mapping[str, Key]) -> None:
        self.version = version
        self.timezone = timezone
        self.calendar = calendar
        self.keys = keys
        for key in keys.values():
            _check(key)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys.values())

    def key(self, name: str) -> Key:
        """The entry of that name."""
        if name not in self.keys:
            raise InvalidInput("policy_key_unknown", key=name)
        return self.keys[name]

    def term(self, name: str) -> Term:
        """The entry as a term with its kind of days; without a kind it counts calendar days."""
        key = self.key(name)
        return Term(parse_duration(str(key.value)), key.day or "calendar")  # type: ignore[arg-type]  # checked on loading

    def count(self, name: str) -> int:
        """The entry as a number."""
        return int(self.key(name).value)

    def with_values(self, version: str, values: Mapping[str, Value]) -> Policy:
        """Another version with some values changed; raises InvalidInput where the law does not allow one."""
        changed = {name: replace(self.key(name), value=value) for name, value in values.items()}
        return Policy(version, self.timezone, self.calendar, {**self.keys, **changed})


def read_policy(text: str) -> Policy:
    """A policy from the YAML of a policy file.

    Raises InvalidInput: policy_invalid, policy_key_invalid, policy_below_min, policy_above_max.
    """
    try:
        given = yaml.safe_load(text)
        keys = {str(name): _key(str(name), entry) for name, entry in given["keys"].items()}
        return Policy(str(given["policy_version"]), str(given["timezone"]), str(given["calendar"]), keys)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("policy_invalid", what=type(error).__name__) from error


def load_policy() -> Policy:
    """The policy that the project ships."""
    return read_policy(resources.files(__package__).joinpath("policy.yaml").read_text("utf-8"))


def _key(name: str, given: Mapping[str, Any]) -> Key:
    fields = {field: value for field, value in given.items() if field != "default"}
    if set(given) - KEY_FIELDS or (given.get("day") or "calendar") not in DAY_KINDS:
        raise InvalidInput("policy_key_invalid", key=name)
    return Key(name=name, value=given["default"], **fields)


def _check(key: Key) -> None:
    if isinstance(key.value, str) and _is_term(key):
        parse_duration(key.value)
    if key.min is not None and not _at_most(key.min, key.value):
        raise InvalidInput("policy_below_min", key=key.name, value=key.value, bound=key.min)
    if key.max is not None and not _at_most(key.value, key.max):
        raise InvalidInput("policy_above_max", key=key.name, value=key.value, bound=key.max)


def _is_term(key: Key) -> bool:
    return key.day is not None or key.min is not None or key.max is not None


def _at_most(left: Value, right: Value) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left <= right
    return _duration(left).at_most(_duration(right))


def _duration(value: Value) -> Duration:
    return parse_duration(str(value))
