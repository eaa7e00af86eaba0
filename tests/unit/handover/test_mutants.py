"""Each rule taken out and each guard made true is noticed: the golden interpreter disagrees at once.

Every mutant has a test of its own, named for it, and notes the scene that kills it; a survivor is a failed test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from services.handover.domain.table import Rule, Table, shipped_table
from tests.unit.handover.pair import Disagreement, Pair
from tests.unit.handover.test_golden import SCENES, STATES
from tests.unit.handover.variants import VARIANTS

Record = Callable[[str, object], None]
TABLE = shipped_table()
RULES = {rule.id: rule for rule in (*TABLE.create.values(), *TABLE.reopen, *TABLE.transitions)}
GUARDED = tuple(name for name, rule in RULES.items() if rule.guard)


@cache
def scene(name: str) -> Pair:
    return STATES[name]()


def without(rule: Rule) -> Table:
    rules = {key: tuple(one for one in found if one.id != rule.id) for key, found in TABLE.rules.items()}
    create = {event: one for event, one in TABLE.create.items() if one.id != rule.id}
    return replace(TABLE, create=create, rules=rules, reopen=tuple(one for one in TABLE.reopen if one.id != rule.id))


def unguarded(rule: Rule) -> Table:
    """The rule holds whatever its guard says, and is looked at before the others of its state."""
    free = replace(rule, guard=None)
    rules = {
        key: tuple(sorted((free if one.id == rule.id else one for one in found), key=lambda one: one.id != rule.id))
        for key, found in TABLE.rules.items()
    }
    return replace(TABLE, rules=rules, reopen=tuple(free if one.id == rule.id else one for one in TABLE.reopen))


def killer(rule: Rule, table: Table) -> str | None:
    """The scene in one of the rule's states that tells the tables apart on the rule's own event; None: it survives."""
    return next((name for name in SCENES if _stands_in(name, rule) and _differs(name, rule, table)), None)


def _stands_in(name: str, rule: Rule) -> bool:
    saga = scene(name).world.saga
    opens = rule.id.startswith("C")
    return opens if saga is None else not opens and saga.state in rule.states


def _differs(name: str, rule: Rule, table: Table) -> bool:
    for variant in (one for one in VARIANTS if one.name == rule.event):
        pair = scene(name).copy()
        pair.world.table = table
        try:
            pair.tell(variant)
        except Disagreement:
            return True
    return rule.event in TABLE.timers and _fires_otherwise(name, rule.event, table)


def _fires_otherwise(name: str, timer: str, table: Table) -> bool:
    pair = scene(name).copy()
    pair.world.table = table
    try:
        for _ in range(3):
            pair.fire(timer)
    except Disagreement:
        return True
    return False


@pytest.mark.parametrize("name", RULES)
def test_a_rule_taken_out_is_missed(name: str, record_property: Record) -> None:
    killed_in = killer(RULES[name], without(RULES[name]))
    record_property("killed_in", killed_in)
    assert killed_in, f"survivor: {name} taken out"


@pytest.mark.parametrize("name", GUARDED)
def test_a_guard_made_true_is_noticed(name: str, record_property: Record) -> None:
    killed_in = killer(RULES[name], unguarded(RULES[name]))
    record_property("killed_in", killed_in)
    assert killed_in, f"survivor: {name} without its guard {RULES[name].guard}"
