"""What may be written as a policy key's value: its kind, and the bounds of the law (specification §2.9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.kernel.errors import InvalidInput
from services.reference.terms import DAY_KINDS, ISO, Duration, parse_duration

Value: TypeAlias = str | int
Code: TypeAlias = Literal[
    "policy_invalid",  # no mapping of keys to values
    "policy_key_unknown",  # no such key
    "policy_key_twice",  # one key, two values
    "policy_field_unknown",  # an entry says something that no entry can say
    "policy_law_changed",  # days, bounds or source of a key, which are not policy's to change
    "policy_unit_invalid",  # another kind of value than the key's
    "policy_choice_fixed",  # a rule in words that the hub knows in this form only
    "policy_below_min",
    "policy_above_max",
]

LONGEST = Duration(months=1200)
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
QUIET_HOURS = re.compile(f"(?P<begins>{CLOCK})-(?P<ends>{CLOCK})")
A_YEAR = re.compile(r"\d{1,2}(/\d{1,2})*")
HOURS = "hours"
WHOLE_DAYS_ONLY = frozenset({"working", "earlier_of_both"})


@dataclass(frozen=True, slots=True)
class Key:
    """One entry. `min` and `max` are legal bounds; `day` tells how days are counted, `unit` what a number counts.

    A duration with the unit `hours` may have hours whatever the shipped value has.
    """

    name: str
    value: Value
    basis: str
    cert: str
    day: str | None = None
    unit: str | None = None
    min: Value | None = None
    max: Value | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something in a policy file is refused. `bound`: what it must keep to; `basis`: the law or custom behind."""

    code: Code
    key: str = ""
    value: object = None
    bound: object = None
    basis: str = ""


def fault_of(key: Key, value: object, shipped: Key | None = None) -> Fault | None:
    """What is wrong with that value of that key. `shipped`: the key whose kind of value counts, if not its own."""
    kind, wanted = _kind((shipped or key).value)
    if not kind(key, value):
        code: Code = "policy_choice_fixed" if kind is _same else "policy_unit_invalid"
        return Fault(code, key.name, value, wanted, key.basis)
    if key.min is not None and not _at_most(key.min, value):
        return Fault("policy_below_min", key.name, value, key.min, key.basis)
    if key.max is not None and not _at_most(value, key.max):
        return Fault("policy_above_max", key.name, value, key.max, key.basis)
    return None


def _kind(value: Value) -> tuple[Callable[[Key, object], bool], str]:
    """By the shipped value: how another is checked, and the name of what is wanted."""
    if isinstance(value, int):
        return _is_count, "count"
    for pattern, check, name in KINDS:
        if pattern.fullmatch(value):
            return check, name
    return _same, value


def _is_count(_key: Key, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_duration(key: Key, value: object) -> bool:
    """Whole days or months, longer than nothing; hours where the key counts them or the shipped value has them."""
    try:
        given = parse_duration(value) if isinstance(value, str) else Duration()
    except InvalidInput:
        return False
    hours = key.unit == HOURS or (isinstance(key.value, str) and parse_duration(key.value).hours > 0)
    counted = key.day not in WHOLE_DAYS_ONLY or not given.months
    return given != Duration() and given.at_most(LONGEST) and counted and (hours or not given.hours)


def _is_hours(_key: Key, value: object) -> bool:
    """A beginning and another end: hours that end where they begin would be none at all."""
    found = QUIET_HOURS.fullmatch(value) if isinstance(value, str) else None
    return found is not None and found["begins"] != found["ends"]


def _is_a_year(_key: Key, value: object) -> bool:
    return isinstance(value, str) and A_YEAR.fullmatch(value) is not None


def _same(key: Key, value: object) -> bool:
    return value == key.value


KINDS = ((ISO, _is_duration, "duration"), (QUIET_HOURS, _is_hours, "hours"), (A_YEAR, _is_a_year, "per_year"))


def _at_most(left: object, right: object) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left <= right
    return parse_duration(str(left)).at_most(parse_duration(str(right)))


def entry_fault(key: Key, entry: Mapping[str, object]) -> Fault | None:
    """What is wrong with a whole entry `{default: …, day: …}` of that key."""
    unknown = sorted(set(entry) - KEY_FIELDS)
    if unknown or "default" not in entry:
        return Fault("policy_field_unknown", key.name, ", ".join(map(str, unknown)) or "default", basis=key.basis)
    changed = [name for name in ("min", "max", "unit") if name in entry and entry[name] != getattr(key, name)]
    by_law = key.min is not None or key.max is not None or key.day is None
    if "day" in entry and entry["day"] != key.day and (by_law or entry["day"] not in DAY_KINDS):
        changed.append("day")
    if not changed:
        return None
    return Fault("policy_law_changed", key.name, entry[changed[0]], getattr(key, changed[0]), key.basis)


KEY_FIELDS = frozenset({"default", "day", "unit", "basis", "cert", "min", "max"})
