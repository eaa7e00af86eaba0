from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.handover.domain import holds, ladder, timers, transitions
from services.handover.domain.evolve import evolve
from services.handover.domain.memory import from_json, to_json
from services.handover.domain.saga import Saga
from services.handover.domain.table import Rule, Table, shipped_table
from services.handover.domain.words import Step
from tests.property.handover.histories import History, played
from tests.property.handover.invariants import CHECKS, Broken, Invariants
from tests.support.lives import folded

HISTORIES = int(os.environ.get("JIELI_HISTORIES", "150"))
FIRST = int(os.environ.get("JIELI_SEED", "0"))
INPUTS = 32
UNTIL_CAUGHT = 600
TABLE = shipped_table()
SEEDS = st.integers(min_value=0, max_value=2**32)
Record = Callable[[str, object], None]


@pytest.mark.timeout(120 + HISTORIES)
def test_the_invariants_hold_at_every_position_of_every_history(record_property: Record) -> None:
    seen: set[str] = set()
    rules: set[str] = set()
    positions = 0
    for seed in range(FIRST, FIRST + HISTORIES):
        invariants = Invariants()
        history = played(seed, INPUTS, invariants)
        steps = [step for life in history.lives for step in life.steps]
        seen |= {step.state for step in steps}
        rules |= {rule for step in steps for rule in step.rules}
        positions += invariants.positions
    every = {rule.id for rule in (*TABLE.create.values(), *TABLE.reopen, *TABLE.transitions)}
    record_property("figures", {"histories": HISTORIES, "positions": positions, "rules": len(rules)})
    assert seen >= set(TABLE.states)
    assert len(every - rules) <= (25 if HISTORIES < 5000 else 0), sorted(every - rules)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(min_value=1, max_value=60))
def test_they_hold_for_histories_that_shrink(seed: int, inputs: int) -> None:
    played(seed, inputs, Invariants())


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_saga_is_the_fold_of_its_steps_and_survives_json(seed: int) -> None:
    for life in played(seed, INPUTS).lives:
        saga = life.saga
        assert folded(life.steps) == saga
        assert saga is None or from_json(json.loads(json.dumps(to_json(saga)))) == saga


# -- each of them can fail


def altered(rule_id: str, **fields: Any) -> Table:  # noqa: ANN401 - fields of a rule
    """The table with one rule written otherwise, and looked at first."""

    def other(rule: Rule) -> Rule:
        return replace(rule, **fields) if rule.id == rule_id else rule

    rules = {
        key: tuple(sorted(map(other, found), key=lambda one: one.id != rule_id)) for key, found in TABLE.rules.items()
    }
    return replace(TABLE, rules=rules)


def number_kept(saga: Saga, name: str) -> Saga:
    return replace(saga, timers={armed: timer for armed, timer in saga.timers.items() if armed != name})


def only_the_last_rung(saga: Saga, rung: str, *more: Any) -> Saga:  # noqa: ANN401 - handed on
    return replace(RAISED(saga, rung, *more), raised=(rung,))


def revision_forgotten(saga: Saga) -> Saga:
    return replace(FORGET(saga), deadline_rev=saga.deadline_rev, timers=saga.timers)


def carried_as_it_was(saga: Saga, *more: Any) -> Saga:  # noqa: ANN401 - handed on
    fresh = NEW_REVISION(saga, *more)
    return replace(fresh, timers={name: saga.timers.get(name, timer) for name, timer in fresh.timers.items()})


RAISED, FORGET, NEW_REVISION = ladder.raised, timers.forget_revision, timers.new_revision
Break = Callable[[pytest.MonkeyPatch], Table | None]
BROKEN: dict[str, Break] = {
    "one_organisation_answers": lambda patch: patch.setattr(
        transitions, "answering", lambda saga, _: saga.place.answering or ""
    ),
    "no_police_without_an_order": lambda _: altered("H061", guard="two_person"),
    "no_notice_but_by_two_after_the_deadline": lambda _: altered("H061", guard="track == ORDERED and two_person"),
    "somebody_or_something_acts_next": lambda _: altered("H075", start=()),
    "nothing_is_armed_at_the_end": lambda _: altered("H037", stop=()),
    "a_timer_comes_due_once": lambda patch: patch.setattr(timers, "consume", number_kept),
    "the_level_never_falls": lambda patch: patch.setattr(ladder, "raised", only_the_last_rung),
    "timers_are_of_this_revision": lambda patch: patch.setattr(timers, "new_revision", carried_as_it_was),
    "a_hold_has_its_reason": lambda patch: patch.setattr(holds, "_released_from_hold", lambda saga, _: saga),
}


def test_every_invariant_has_its_broken_variant() -> None:
    assert {check.__name__.strip("_") for check in CHECKS} == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_an_invariant_that_is_broken_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = BROKEN[name](monkeypatch)
    assert any(name in caught(seed, table) for seed in range(UNTIL_CAUGHT))


def caught(seed: int, table: Table | None) -> str:
    try:
        played(seed, INPUTS, Invariants(), table)
    except Broken as broken:
        return str(broken)
    return ""


# -- evolve alone


RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(to_json(Saga("", "")))) | st.text(max_size=6), RUBBISH), SEEDS)
def test_evolve_takes_any_patch(patch: dict[str, object], seed: int) -> None:
    saga = known()[seed % len(known())]
    assert isinstance(evolve(saga, Step("applied", "NOTICED", "h", patch=patch)), Saga)


@cache
def known() -> list[Saga | None]:
    return [None, *(life.saga for seed in range(5) for life in played(seed, INPUTS).lives)]


def test_the_same_seed_tells_the_same_story() -> None:
    one, other = played(7, INPUTS), played(7, INPUTS)
    assert [life.said for life in one.lives] == [life.said for life in other.lives]


def test_a_history_is_told_of_three_people() -> None:
    told = list(History(3).run(INPUTS))
    assert len(told) >= 30
    assert len({one.life.person_ref for one in told}) == 3
