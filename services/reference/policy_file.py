"""A policy file of an operator: values for some keys over the shipped ones, each held against the law.

Either a mapping of keys to values, or the shape of the shipped file: `policy_version` and `keys`, each a value or an
entry `{default: …, day: …}`. What an entry says of the law is compared, never taken over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from services.reference.policy import Chosen, Policy
from services.reference.policy_bounds import Fault, Key, entry_fault, fault_of

HEADER: Final = frozenset({"policy_version", "timezone", "calendar", "keys"})
HASH_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True)
class Examined:
    """The policy that a file makes of the shipped one, and everything that speaks against it."""

    policy: Policy
    faults: tuple[Fault, ...]


def examine(text: str, shipped: Policy) -> Examined:
    """Read a file whole; every fault is found, not only the first. With a fault the policy is the shipped one."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        given = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return Examined(shipped, (Fault("policy_invalid"),))
    twice = [Fault("policy_key_twice", name) for name in _twice(node)]
    if given is None:
        return Examined(shipped, ())
    if not isinstance(given, dict):
        return Examined(shipped, (Fault("policy_invalid"),))
    keys = given.get("keys", {name: one for name, one in given.items() if name not in HEADER})
    if not isinstance(keys, dict):
        return Examined(shipped, (Fault("policy_invalid"),))
    return _examined(given, keys, twice, shipped)


def _examined(given: Mapping[Any, Any], keys: Mapping[Any, Any], twice: list[Fault], shipped: Policy) -> Examined:
    stray = sorted(map(str, set(given) - HEADER)) if "keys" in given else []
    faults = [*twice, *(Fault("policy_field_unknown", value=name) for name in stray)]
    faults += [Fault("policy_law_changed", name, given[name], law) for name, law in _fixed(given, shipped)]
    chosen: dict[str, Chosen] = {}
    for name, entry in keys.items():
        one = _chosen(str(name), entry, shipped)
        if isinstance(one, Fault):
            faults.append(one)
        else:
            chosen[str(name)] = one
    if faults:
        return Examined(shipped, tuple(faults))
    return Examined(_named(given.get("policy_version"), shipped, chosen), ())


def _fixed(given: Mapping[Any, Any], shipped: Policy) -> Iterator[tuple[str, str]]:
    """Time zone and calendar are the country's."""
    for name, law in (("timezone", shipped.timezone), ("calendar", shipped.calendar)):
        if given.get(name, law) != law:
            yield name, law


def _chosen(name: str, entry: object, shipped: Policy) -> Chosen | Fault:
    key = shipped.keys.get(name)
    if key is None:
        return Fault("policy_key_unknown", name)
    if not isinstance(entry, dict):
        return fault_of(key, entry) or Chosen(entry, key.day)  # type: ignore[arg-type]  # no fault: text or a number
    return entry_fault(key, entry) or _of_entry(key, entry)


def _of_entry(key: Key, entry: Mapping[str, Any]) -> Chosen | Fault:
    day = entry.get("day", key.day)
    counted = Key(key.name, key.value, key.basis, key.cert, day, key.unit, key.min, key.max)
    return fault_of(counted, entry["default"]) or Chosen(entry["default"], day)


def _named(version: object, shipped: Policy, chosen: Mapping[str, Chosen]) -> Policy:
    """Other values never go under the shipped version's name: without one of their own they get a hash."""
    changed = {name: one for name, one in chosen.items() if one != shipped.chosen()[name]}
    if not changed and version in {None, shipped.version}:
        return shipped
    if version in {None, shipped.version}:
        said = json.dumps({name: [one.value, one.day] for name, one in sorted(changed.items())})
        version = f"{shipped.version}+{hashlib.sha256(said.encode()).hexdigest()[:HASH_CHARACTERS]}"
    return shipped.choosing(str(version), changed)


def _twice(node: yaml.Node | None) -> Iterator[str]:
    """Keys written twice: YAML would silently take the last."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for name, value in node.value:
        if name.value in seen:
            yield str(name.value)
        seen.add(name.value)
        yield from _twice(value)
