"""Each rule taken out and each guard made true is noticed: the golden interpreter disagrees at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from services.handover.domain.table import Rule, Table, shipped_table
from tests.unit.handover.pair import Disagreement, Pair
from tests.unit.handover.test_golden import SCENES, STATES
from tests.unit.handover.variants import VARIANTS

TABLE = shipped_table()
RULES = {rule.id: rule for rule in (*TABLE.transitions, *TABLE.reopen)}
GUARDED = tuple(name for name, rule in RULES.items() if rule.guard)


@cache
def scene(name: str) -> Pair:
    return STATES[name]()


def without(rule: Rule) -> Table:
    rules = {key: tuple(one for one in found if one.id != rule.id) for key, found in TABLE.rules.items()}
    return replace(TABLE, rules=rules, reopen=tuple(one for one in TABLE.reopen if one.id != rule.id))


def unguarded(rule: Rule) -> Table:
    """The rule holds whatever its guard says, and is looked at before the others of its state."""
    free = replace(rule, guard=None)
    rules = {
        key: tuple(sorted((free if one.id == rule.id else one for one in found), key=lambda one: one.id != rule.id))
        for key, found in TABLE.rules.items()
    }
    return replace(TABLE, rules=rules, reopen=tuple(free if one.id == rule.id else one for one in TABLE.reopen))


def noticed(rule: Rule, table: Table) -> bool:
    """Whether any scene in one of the rule's states tells the tables apart on the rule's own event."""
    return any(_differs(name, rule, table) for name in SCENES if _stands_in(name, rule))


def _stands_in(name: str, rule: Rule) -> bool:
    saga = scene(name).world.saga
    return saga is not None and saga.state in rule.states


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
def test_a_rule_taken_out_is_missed(name: str) -> None:
    assert noticed(RULES[name], without(RULES[name]))


@pytest.mark.parametrize("name", GUARDED)
def test_a_guard_made_true_is_noticed(name: str) -> None:
    assert noticed(RULES[name], unguarded(RULES[name]))
