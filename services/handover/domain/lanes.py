"""The table as a drawing needs it: which events lead from which states to which, alike ones taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.handover.domain.table import SAME, Rule, Table

OPENING = "[*]"


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a lane with every rule that says so."""

    event: str
    rules: tuple[Rule, ...]

    @property
    def guarded(self) -> bool:
        """Whether a condition must hold."""
        return all(rule.guard for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Lane:
    """Events that lead from any of `states` to `to` (a state, SAME or RESUME); `reopens` a closed saga."""

    states: tuple[str, ...]
    to: str
    reopens: bool
    steps: tuple[Step, ...]


def lanes(table: Table) -> tuple[Lane, ...]:
    """Every rule of the table once, in its order; rules of one state stay apart from those of several."""
    found: dict[tuple[tuple[str, ...], str, bool], list[Step]] = {}
    for (event, to, reopens), by_source in _alike(table).items():
        for states, rules in by_source:
            found.setdefault((states, to, reopens), []).append(Step(event, rules))
    return tuple(Lane(*key, tuple(steps)) for key, steps in found.items())


def described(states: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    """The states as a group and what it is without: ("LIVE", ("ON_HOLD",)); a single state, or no group, as itself."""
    if len(states) == 1:
        return states[0], ()
    wider = [(name, members) for name, members in groups.items() if set(members) >= set(states)]
    if not wider:
        return ", ".join(states), ()
    name, members = min(wider, key=lambda group: len(group[1]))
    return name, tuple(state for state in members if state not in states)


def _alike(
    table: Table,
) -> Mapping[tuple[str, str, bool], list[tuple[tuple[str, ...], tuple[Rule, ...]]]]:
    """By event and target: one entry for each single state, one for all the rules that name several."""
    found: dict[tuple[str, str, bool], dict[str, list[Rule]]] = {}
    for rule, state, reopens in _sources(table):
        to = SAME if rule.to == state else rule.to
        alike = found.setdefault((rule.event, to, reopens), {}).setdefault(state, [])
        if rule not in alike:
            alike.append(rule)
    return {key: [_entry(table, source, rules) for source, rules in one.items()] for key, one in found.items()}


def _sources(table: Table) -> Iterator[tuple[Rule, str, bool]]:
    for rule in table.create.values():
        yield rule, OPENING, False
    for rule in table.transitions:
        yield rule, rule.states[0] if len(rule.states) == 1 else "", False
    for rule in table.reopen:
        for state in rule.states:
            yield rule, state, True


def _entry(table: Table, source: str, rules: list[Rule]) -> tuple[tuple[str, ...], tuple[Rule, ...]]:
    named = {state for rule in rules for state in rule.states}
    together = tuple(state for state in table.states if state in named)
    return (source,) if source else together, tuple(rules)
