"""One handover in memory: given / when / then on decide and evolve, with a virtual clock that fires every timer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from schemas.base import Event
from schemas.escalation import EscalationRaised
from services.handover.domain.accountability import answering
from services.handover.domain.decide import decide, decide_due, evolve
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.table import Table, shipped_table
from services.handover.domain.words import Context, Input, Sender, Step
from services.reference.calendar import load_calendar
from services.reference.organisations import load_city
from services.reference.policy import load_policy
from services.reference.terms import SHANGHAI

STATION = "A01-S001"
OTHER_STATION = "A01-S002"
FAR_STATION = "A04-S011"
STREET = "A01-S001-STREET"
CENTRE = "A-CENTRE-1"
DISTRICT = "A01"
CITY = "A"
NOTICE = "N-1"
ORDER = "O-1"

POLICY = load_policy()
CALENDAR = load_calendar()
ORGANISATIONS = load_city("a")
POLICE_EVENTS = frozenset({"StatutoryNoticeDelivered", "StatutoryNoticeSigned"})

LEAD = Sender("lead/1", "STATION_LEAD", STATION)
WORKER = Sender("worker/1", "WORKER", STATION)
OFFICER_1 = Sender(f"{STREET}/1", "STREET_OFFICER", STREET)
OFFICER_2 = Sender(f"{STREET}/2", "STREET_OFFICER", STREET)
OPS_1 = Sender("ops/1", "OPS", CITY)
OPS_2 = Sender("ops/2", "OPS", CITY)
DISTRICT_LEAD = Sender("district/1", "DISTRICT_LEAD", DISTRICT)


NOTICE_DATA: Any = {"notice_no": "S-1", "legal_ground": "戒毒条例21", "facts": {"order_no": "O-1"}}


def at(text: str) -> datetime:
    """`2026-03-02` is nine in the morning; `2026-03-02T14:00` as written; Asia/Shanghai."""
    moment = datetime.fromisoformat(text)
    return moment.replace(hour=9 if len(text) == 10 else moment.hour, tzinfo=SHANGHAI)


class World:
    """One person's saga. Every method answers what happened and leaves the rest in `steps` and `events`."""

    def __init__(self, start: str = "2026-03-02", table: Table | None = None) -> None:
        self.now = at(start)
        self.saga: Saga | None = None
        self.steps: list[Step] = []
        self.events: list[Event] = []
        self.outward: list[Event] = []
        self.fired: Counter[tuple[str, str, int, int]] = Counter()
        self.table = table or shipped_table()
        self.blocked = False
        self.watch: Callable[[World], None] = lambda _: None
        self._ids = 0

    @property
    def context(self) -> Context:
        return Context(self.now, POLICY, CALENDAR, ORGANISATIONS, self.new_id, blocked=self.blocked, table=self.table)

    @property
    def known(self) -> Saga:
        assert self.saga is not None
        return self.saga

    @property
    def timers(self) -> set[str]:
        return set(self.known.timers)

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids:04d}"

    def fact(self, name: str, **data: Any) -> Step:  # noqa: ANN401 - payload fields
        return self.give(name, data, None)

    def by(self, sender: Sender, name: str, expects: int | None = None, **data: Any) -> Step:  # noqa: ANN401
        return self.give(name, data, sender, expects)

    def give(self, name: str, data: Mapping[str, Any], sender: Sender | None, expects: int | None = None) -> Step:
        given = Input(name, self.new_id(), self.now, self.now, data, sender, person_ref="P-1", expects=expects)
        return self._take(decide(self.saga, given, self.context), given)

    def until(self, text: str | datetime) -> World:
        """Step through every deadline on the way."""
        goal = text if isinstance(text, datetime) else at(text)
        while (instant := self._next_due()) and instant <= goal:
            self.now = max(instant, self.now)
            self.fire_due()
        self.now = max(self.now, goal)
        return self

    def days(self, number: int) -> World:
        return self.until(self.now + timedelta(days=number))

    def fire_due(self) -> list[Step]:
        due = [timer for timer in self.known.timers.values() if timer.due_at <= self.now]
        steps = decide_due(self.known, due, self.context)
        for timer, step in steps:
            if step.outcome == "applied":
                self.fired[self.known.handover_id, timer.name, timer.deadline_rev, timer.occurrence] += 1
            self._came_due(timer, step)
        return [step for _, step in steps]

    def _came_due(self, _timer: Timer, step: Step) -> None:
        self._take(step, None)

    def _next_due(self) -> datetime | None:
        return min((timer.due_at for timer in self.known.timers.values()), default=None) if self.saga else None

    def _take(self, step: Step, given: Input | None) -> Step:
        self.steps.append(step)
        if step.patch:
            self.saga = evolve(self.saga, step, given)
        self.events.extend(step.emits)
        self.outward.extend(step.outward)
        self.watch(self)
        return step

    # -- how stories begin

    def noticed(self, basis: str = "AGREEMENT", planned: str = "2026-04-01", **more: Any) -> World:  # noqa: ANN401
        data = {"notice_no": NOTICE, "revision": 1, "centre_id": CENTRE, "episode_no": "1", "basis": basis}
        self.fact("ReleaseNoticeReceived", **data, planned_release_date=date.fromisoformat(planned), **more)
        return self

    def offered(self, station: str = STATION) -> World:
        self.fact("JurisdictionResolved", station_id=station, ground="FIXED_RESIDENCE")
        return self

    def accepted(self, sender: Sender = LEAD) -> World:
        self.by(sender, "HandoverAccepted")
        return self

    def ordered(self, served: str | None = None, street: str = STREET, tag: str = ORDER) -> World:
        instant = at(served) if served else self.now
        self.fact("OrderServed", order_kind="CRH", order_no=tag, served_at=instant, executing_street=street)
        return self

    def released(self, when: str | None = None) -> World:
        if when:
            self.until(when)
        self.fact("PersonReleased", notice_no=NOTICE, released_at=self.now)
        return self

    def reported(self, station: str = STATION, sender: Sender | None = None) -> World:
        self.give("PersonReported", {"at": self.now, "station_id": station, "identity_check": True}, sender)
        return self

    def voluntary_ready(self) -> World:
        """A voluntary person with a plan, a month before the release."""
        self.noticed().offered().accepted()
        self.by(WORKER, "EarlyContactRecorded")
        self.by(WORKER, "ReleasePlanConfirmed")
        return self

    def ordered_waiting(self, released: str = "2026-04-01") -> World:
        """An ordered person who is out and has not reported yet."""
        return self.noticed("ORDER").ordered().offered().accepted().released(released)

    def voluntary_waiting(self, released: str = "2026-04-01") -> World:
        return self.noticed().offered().accepted().released(released)

    def prison_waiting(self, released: str = "2026-04-01") -> World:
        self.noticed("PRISON").offered("A-RSP").accepted(Sender("rsp/1", "RESETTLEMENT", "A-RSP"))
        return self.released(released)


def accountable_is_one(world: World) -> None:
    """I-3: exactly one organisation of the city answers."""
    saga = world.known
    assert saga.accountable == answering(saga, ORGANISATIONS)
    assert ORGANISATIONS.get(saga.accountable) is not None


def in_state(world: World, state: str, **more: Any) -> World:  # noqa: ANN401 - fields of the saga
    """Put a world's saga into a state by force, for tables of cases."""
    world.saga = replace(world.known, state=state, **more)
    return world


def raised(world: World) -> list[str]:
    """The rungs that were raised, in order."""
    return [event.rung for event in world.events if isinstance(event, EscalationRaised)]
