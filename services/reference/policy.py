"""The values that policy picks within the bounds of the law (specification §2.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources

import yaml

from services.kernel.errors import InvalidInput
from services.reference.policy_bounds import KEY_FIELDS, Key, Value, fault_of
from services.reference.terms import DAY_KINDS, Term, parse_duration


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a version of the policy says about a key: its value and how its days are counted."""

    value: Value
    day: str | None = None


class Policy:
    """One version of all keys. Every read of an unknown key is an InvalidInput("policy_key_unknown")."""

    def __init__(self, version: str, timezone: str, calendar: str, keys: Mapping[str, Key]) -> None:
        self.version = version
        self.timezone = timezone
        self.calendar = calendar
        self.keys = keys

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

    def chosen(self) -> dict[str, Chosen]:
        """Every value, without what the law says about it: what tells two versions apart."""
        return {key.name: Chosen(key.value, key.day) for key in self}

    def choosing(self, version: str, chosen: Mapping[str, Chosen]) -> Policy:
        """Another version with these values in the place of its own; keys that it does not know are left out."""
        changed = {
            name: replace(self.keys[name], value=one.value, day=one.day)
            for name, one in chosen.items()
            if name in self.keys
        }
        return Policy(version, self.timezone, self.calendar, {**self.keys, **changed})


def read_policy(text: str) -> Policy:
    """A whole policy, with the law's bounds, from the YAML that the project ships.

    Raises InvalidInput: policy_invalid, or the code of the first key's fault.
    """
    try:
        given = yaml.safe_load(text)
        keys = {str(name): _key(str(name), entry) for name, entry in given["keys"].items()}
        policy = Policy(str(given["policy_version"]), str(given["timezone"]), str(given["calendar"]), keys)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("policy_invalid", what=type(error).__name__) from error
    for key in policy:
        fault = fault_of(key, key.value)
        if fault:
            raise InvalidInput(fault.code, key=key.name, value=fault.value, bound=fault.bound)
    return policy


def load_policy() -> Policy:
    """The policy that the project ships."""
    return read_policy(resources.files(__package__).joinpath("policy.yaml").read_text("utf-8"))


def _key(name: str, given: Mapping[str, str]) -> Key:
    fields = {field: value for field, value in given.items() if field != "default"}
    if set(given) - KEY_FIELDS or (given.get("day") or "calendar") not in DAY_KINDS:
        raise InvalidInput("policy_key_invalid", key=name)
    return Key(name=name, value=given["default"], **fields)
