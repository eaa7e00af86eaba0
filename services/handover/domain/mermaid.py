"""The table as a Mermaid state diagram: one arrow for each pair of states, with its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.handover.domain.lanes import OPENING
from services.handover.domain.table import SAME, Rule, Table


def arrows(table: Table) -> dict[tuple[str, str], list[str]]:
    """Events by (state, next state), both in the order of the file; a rule that stays leads to its own state."""
    found: dict[tuple[str, str], list[str]] = {}
    for before, after, event in _steps(table):
        events = found.setdefault((before, after), [])
        if event not in events:
            events.append(event)
    return found


def mermaid(table: Table, words: Mapping[str, str]) -> str:
    """The diagram's text. `words`: what a state is called, beside its code."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state}: {words.get(state, state)} {state}" for state in table.states]
    lines += [f"    {state} --> {OPENING}" for state in table.states if state in table.terminal]
    lines += [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in arrows(table).items()]
    return "\n".join(lines) + "\n"


def _steps(table: Table) -> Iterator[tuple[str, str, str]]:
    for rule in table.create.values():
        yield OPENING, rule.to, rule.event
    for rule in (*table.transitions, *table.reopen):
        for state in rule.states:
            yield state, _target(rule, state), rule.event


def _target(rule: Rule, state: str) -> str:
    return state if rule.to == SAME else rule.to
