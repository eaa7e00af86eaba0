from __future__ import annotations

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.handover.domain.evolve import evolve
from services.handover.domain.memory import from_json, to_json
from services.handover.domain.saga import LADDER_STATES, Saga
from services.handover.domain.table import shipped_table
from services.handover.domain.words import Step
from tests.property.handover.histories import play
from tests.unit.handover.world import POLICE_EVENTS, World, accountable_is_one

SEEDS = st.integers(min_value=0, max_value=2**32)
CASES = settings(max_examples=120, deadline=None)


def everything_holds(world: World) -> None:
    if world.saga is None:
        return
    saga, table = world.saga, world.table
    accountable_is_one(world)
    if saga.state in table.terminal:
        assert saga.timers == {}
    else:
        assert saga.timers, f"nothing armed in {saga.state}"
    assert all(timer.deadline_rev == saga.deadline_rev for timer in saga.timers.values())
    assert all(count == 1 for count in world.fired.values())
    assert (saga.state == "ON_HOLD") == (saga.hold_reason is not None)


class Levels:
    """The level never falls within a revision while the ladder is there."""

    def __init__(self) -> None:
        self.seen: tuple[str, int, int] | None = None

    def __call__(self, world: World) -> None:
        saga = world.saga
        if saga is None or saga.state not in LADDER_STATES:
            self.seen = None
            return
        now = (saga.handover_id, saga.deadline_rev, saga.level)
        if self.seen and self.seen[:2] == now[:2]:
            assert now[2] >= self.seen[2]
        self.seen = now


@CASES
@given(SEEDS)
def test_invariants_hold_at_every_position_of_any_history(seed: int) -> None:
    levels = Levels()

    def watch(world: World) -> None:
        everything_holds(world)
        levels(world)

    play(seed, 45, watch=watch)


@CASES
@given(SEEDS)
def test_a_person_without_an_order_never_reaches_a_police_event(seed: int) -> None:
    world = play(seed, 45, with_orders=False)
    assert not POLICE_EVENTS & set(world.names)
    assert world.outward == []


@CASES
@given(SEEDS)
def test_no_police_message_without_two_officials_after_the_deadline(seed: int) -> None:
    def watch(world: World) -> None:
        step = world.steps[-1]
        if "StatutoryNoticeDelivered" in {event.name for event in step.emits}:
            assert len(set(step.officials)) == 2
            assert world.known.track == "ORDERED"
            assert world.known.deadline is not None
            assert world.now.date() > world.known.deadline

    play(seed, 60, watch=watch)


@CASES
@given(SEEDS)
def test_a_saga_is_the_fold_of_its_steps_and_survives_json(seed: int) -> None:
    world = play(seed, 45)
    refolded: Saga | None = None
    for step in world.steps:
        if step.patch:
            refolded = evolve(refolded, step_from_store(step))
    assert refolded == world.saga
    if world.saga:
        assert from_json(json.loads(json.dumps(to_json(world.saga)))) == world.saga


def step_from_store(step: Step) -> Step:
    """As the steps table gives it back."""
    patch = json.loads(json.dumps(step.patch))
    return Step(step.outcome, step.state, step.handover_id, patch=patch, opens=step.opens)


RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(to_json(Saga("", "")))) | st.text(max_size=6), RUBBISH), SEEDS)
def test_evolve_takes_any_patch(patch: dict[str, object], seed: int) -> None:
    saga = play(seed, Random(seed).randint(0, 6)).saga
    assert isinstance(evolve(saga, Step("applied", "NOTICED", "h", patch=patch)), Saga)


def test_the_same_seed_tells_the_same_story() -> None:
    assert [step.rules for step in play(7, 40).steps] == [step.rules for step in play(7, 40).steps]


def test_histories_reach_every_state_and_nearly_every_rule() -> None:
    seen: set[str] = set()
    rules: set[str] = set()
    for seed in range(500):
        world = play(seed, 30)
        seen |= {step.state for step in world.steps}
        rules |= {rule for step in world.steps for rule in step.rules}
    assert seen > set(shipped_table().states)
    assert len(rules) >= 105, sorted(rules)
