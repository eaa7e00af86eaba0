"""What holds at every position of any history, said in words of its own: nothing here asks the code that it checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from services.handover.domain.saga import Saga
from tests.support.lives import Life
from tests.unit.handover.world import CITY, ORGANISATIONS

POLICE = "stat.notice.v1"
LADDER = {"AWAITING_REPORT", "STATUTORY_NOTIFIED"}
LEVEL = {"L0": 0, "L1": 1, "L2": 2, "L3a": 3, "L3b": 3, "L4": 4}


class Broken(AssertionError):
    """A history in which something does not hold."""


@dataclass(slots=True)
class Watched:
    """One life's past, as far as the invariants need it."""

    revision: tuple[str, int] = ("", 0)
    level: int = 0
    fired: Counter[tuple[str, str, int, int]] = field(default_factory=Counter)
    said: int = 0


class Invariants:
    """Called after every step of every life. Raises Broken with the names of what does not hold."""

    def __init__(self) -> None:
        self.positions = 0
        self._past: dict[str, Watched] = {}

    def __call__(self, life: Life) -> None:
        """Look at a life after its last step."""
        self.positions += 1
        past = self._past.setdefault(life.person_ref, Watched())
        saga = life.saga
        broken = [check.__name__.strip("_") for check in CHECKS if saga and not check(life, saga, past)]
        if saga and broken:
            raise Broken(f"{', '.join(broken)}: {life.person_ref} in {saga.state} {life.said[-5:]}")


def _one_organisation_answers(_: Life, saga: Saga, __: Watched) -> bool:
    """The station that took the person on; before that the district found for them; unrouted, the city."""
    place = saga.place
    expected = place.answering or place.district or CITY
    if place.assignment == "ACCEPTED" and not place.answering:
        return False
    return saga.accountable == expected and ORGANISATIONS.get(saga.accountable) is not None


def _no_police_without_an_order(life: Life, saga: Saga, _: Watched) -> bool:
    """Nothing leaves for a person to whom no order was ever served, nor on a voluntary or prison track."""
    if not any(event.topic == POLICE for event in life.outward):
        return True
    return life.under_order and (not _notified(life) or saga.track == "ORDERED")


def _no_notice_but_by_two_after_the_deadline(life: Life, saga: Saga, _: Watched) -> bool:
    if not _notified(life):
        return True
    two = len(set(life.steps[-1].officials)) == 2
    return two and saga.deadline is not None and life.now.date() > saga.deadline


def _somebody_or_something_acts_next(life: Life, saga: Saga, _: Watched) -> bool:
    return saga.state in life.table.terminal or bool(saga.timers)


def _nothing_is_armed_at_the_end(life: Life, saga: Saga, _: Watched) -> bool:
    return saga.state not in life.table.terminal or not saga.timers


def _a_timer_comes_due_once(life: Life, saga: Saga, past: Watched) -> bool:
    """Counted from what the stream says, with the handover that it says it of."""
    fresh, past.said = life.said[past.said :], len(life.said)
    for line in fresh:
        what, _, key = line.partition(" ")
        if what in {"TimerFired", "TimerIgnored"}:
            name, revision, occurrence = key.split("/")
            past.fired[saga.handover_id, name, int(revision), int(occurrence)] += 1
    armed = {(saga.handover_id, one.name, one.deadline_rev, one.occurrence) for one in saga.timers.values()}
    return all(count == 1 for count in past.fired.values()) and not armed & set(past.fired)


def _the_level_never_falls(_: Life, saga: Saga, past: Watched) -> bool:
    if saga.state not in LADDER:
        past.revision, past.level = ("", 0), 0
        return True
    level = max((LEVEL[rung] for rung in saga.raised), default=0)
    revision = (saga.handover_id, saga.deadline_rev)
    fell = past.revision == revision and level < past.level
    past.revision, past.level = revision, level
    return not fell and level == saga.level


def _timers_are_of_this_revision(_: Life, saga: Saga, __: Watched) -> bool:
    return all(timer.deadline_rev == saga.deadline_rev for timer in saga.timers.values())


def _a_hold_has_its_reason(_: Life, saga: Saga, __: Watched) -> bool:
    return (saga.state == "ON_HOLD") == (saga.hold_reason is not None) == (saga.resume_state is not None)


def _notified(life: Life) -> bool:
    return "StatutoryNoticeDelivered" in {event.name for event in life.steps[-1].emits}


Check = Callable[[Life, Saga, Watched], bool]
CHECKS: tuple[Check, ...] = (
    _one_organisation_answers,
    _no_police_without_an_order,
    _no_notice_but_by_two_after_the_deadline,
    _somebody_or_something_acts_next,
    _nothing_is_armed_at_the_end,
    _a_timer_comes_due_once,
    _the_level_never_falls,
    _timers_are_of_this_revision,
    _a_hold_has_its_reason,
)
