"""Random histories of three people: facts, records, duplicates, what comes late, days that pass, a hub that is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from services.handover.domain.senders import may_send
from services.handover.domain.table import Table, shipped_table
from services.handover.domain.words import Input, Sender
from tests.property.handover.payloads import STATIONS, Saying
from tests.support.lives import Act, Foretold, Life, comes_by_topic
from tests.unit.handover.world import CENTRE, CITY, DISTRICT, FAR_STATION, ORGANISATIONS, STATION, STREET, at

INPUTS = tuple(sorted(shipped_table().inputs | shipped_table().facts))
SENDERS = (
    *((role, org) for org in STATIONS for role in ("STATION_LEAD", "WORKER", "RESETTLEMENT")),
    *(("STREET_OFFICER", org) for org in (STREET, f"{FAR_STATION}-STREET")),
    *(("DISTRICT_LEAD", org) for org in (DISTRICT, "A04")),
    ("CITY_LEAD", CITY),
    ("OPS", CITY),
    ("DETOX_CENTRE", CENTRE),
    ("DECISION_ORGAN", "A-POLICE-DECISION"),
    ("COMMUNITY_POLICE", "A01-POLICE"),
)
ONLY_FACTS = frozenset(
    {"PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved", "JurisdictionUnresolved", "LegalBasisMissing"}
)
ORDERS = frozenset({"OrderServed", "MeasureChanged"})
RARE = frozenset({"DeathConfirmed", "EnteredInError", "OpsClosed", "RelocationAcceptedOtherHub", "CustodyConfirmed"})
LIKELY = (
    "ReleaseNoticeReceived",
    "JurisdictionResolved",
    "HandoverAccepted",
    "PersonReleased",
    "PersonReported",
    "OrderServed",
    "StatutoryNoticeSigned",
    "HoldPlaced",
    "HoldLifted",
    "ContactMade",
    "ReportInvalidated",
)
ONBOARDING = (
    "NeedsAssessed",
    "DocumentDelivered",
    "AssessmentSummaryPublished",
    "SupportLevelSet",
    "VisitRecorded",
    "TestScheduled",
    "NoticeGiven",
    "ConsentGiven",
    "AgreementSigned",
)
START = "2026-01-15T10:00"
FIRST_DAY = at(START)
OUTAGES = (  # at night over the terms' ends, and over a whole weekend
    (FIRST_DAY + timedelta(days=18, hours=12), FIRST_DAY + timedelta(days=19, hours=2)),
    (FIRST_DAY + timedelta(days=43, hours=6), FIRST_DAY + timedelta(days=46, hours=1)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One act, when and about whom, and what the door answers. `handover`: how many they had before it."""

    life: Life
    act: Act
    answer: Foretold
    at: datetime
    handover: int


@dataclass(slots=True)
class History:
    """Three lives under one clock; the same seed always gives the same. The last one never has an order.

    `ends`: nothing is told after that instant.
    """

    seed: int
    table: Table | None = None
    watch: Callable[[Life], None] = lambda _: None
    ends: datetime | None = None
    lives: list[Life] = field(init=False)
    now: datetime = field(init=False, default=FIRST_DAY)
    _chance: Random = field(init=False)
    _late: list[tuple[Life, Act]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self.lives = [Life(f"P{self.seed:08}-{number}", START, self.table) for number in range(3)]
        for life in self.lives:
            life.watch = self._watched

    def run(self, inputs: int) -> Iterator[Told]:
        """So many inputs, one by one; days pass in between, and the clock may have moved when one is handed out."""
        told = 0
        for act in self._openings():
            yield self._tell(*act)
            told += 1
        while told < inputs and not self._over():
            if self._chance.random() < 0.3:
                self._pass(self._chance.choice((1, 1, 2, 4, 9, 16)), self._chance.choice((0, 0, 5)))
                continue
            for act in self._next():
                yield self._tell(*act)
                told += 1

    def _over(self) -> bool:
        return self.ends is not None and self.now >= self.ends

    def _watched(self, life: object) -> None:
        assert isinstance(life, Life)
        self.watch(life)

    def _openings(self) -> Iterator[tuple[Life, Act]]:
        """Two of three begin as most do: a notice, a station, somebody who accepts."""
        begun = self.lives[:: self._chance.choice((1, 2))]
        for life in begun:
            say = self._say(life)
            yield life, Act("ReleaseNoticeReceived", say.data("ReleaseNoticeReceived") | {"basis": self._basis(life)})
            if life is self.lives[0]:
                yield life, Act("OrderServed", say.data("OrderServed") | {"executing_street": STREET})
            yield life, Act("JurisdictionResolved", {"station_id": STATION, "ground": "HUKOU"})
            if self._chance.random() < 0.7:
                yield life, Act("HandoverAccepted", {}, Sender("lead/1", "STATION_LEAD", STATION))
        if self._chance.random() < 0.5:
            self._pass(self._chance.choice((9, 16)), 0)
            for life in begun:
                yield life, Act("PersonReleased", {"notice_no": "N-1", "released_at": life.now.isoformat()})

    def _basis(self, life: Life) -> str:
        return "ORDER" if life is self.lives[0] else "AGREEMENT"

    def _next(self) -> Iterator[tuple[Life, Act]]:
        """An act, now and then twice; or one from long ago, or one that will come later."""
        chance = self._chance.random()
        if self._late and chance < 0.15:
            yield self._late.pop(self._chance.randrange(len(self._late)))
            return
        life = self._chance.choice(self.lives)
        if life.saga and life.saga.state == "REPORTED" and self._chance.random() < 0.2:
            yield from self._onboarding(life, life.saga.accountable)
            return
        act = self._act(life)
        if act is None:
            return
        if act.by is None and chance > 0.92:
            self._late.append((life, act))
            return
        for _ in range(self._chance.choice((1, 1, 1, 2))):
            yield life, act
        if act.by and life.last and life.last.outcome == "pending" and chance < 0.9:
            yield life, replace(act, by=replace(act.by, actor=f"{act.by.org}/3"))

    def _onboarding(self, life: Life, org: str) -> Iterator[tuple[Life, Act]]:
        """All that a completion asks for, on any track, and the completion itself."""
        now = life.now.isoformat()
        told: dict[str, dict[str, object]] = {
            "DocumentDelivered": {"doc_type": "ORDER-CERT-ASSESS"},
            "VisitRecorded": {"visit_id": "V-1", "next_at": now},
            "AgreementSigned": {"type": "CRH" if life.known.track == "ORDERED" else "AFTERCARE"},
        }
        for name in ONBOARDING:
            yield life, Act(name, self._say(life).data(name) | told.get(name, {}))
        role = "RESETTLEMENT" if org == "A-RSP" else "STATION_LEAD"
        yield life, Act("WorkerAssigned", {"worker_ref": "worker/1"}, Sender(f"{org}/1", role, org))
        yield life, Act("OnboardingCompleted", {}, Sender(f"{org}/1", role, org))

    def _act(self, life: Life) -> Act | None:
        name = self._chance.choice(self._names(life))
        if name in RARE and self._chance.random() < 0.8:
            return None
        if name in ORDERS and life is self.lives[2]:
            return None
        data = self._say(life).data(name)
        topic = comes_by_topic(name)
        if name in ONLY_FACTS or (topic and self._chance.random() < 0.7):
            return Act(name, data)
        return Act(name, data, self._sender(life, name, data))

    def _names(self, life: Life) -> tuple[str, ...]:
        """Anything, the likely, or what moves the saga on from where it stands."""
        chance = self._chance.random()
        if chance < 0.25:
            return INPUTS
        fitting = _fitting(life.saga.state) if life.saga else ()
        return fitting if fitting and chance < 0.65 else LIKELY

    def _sender(self, life: Life, name: str, data: dict[str, object]) -> Sender:
        """Mostly one who may."""
        number = self._chance.choice((1, 2))
        given = Input(name, "-", life.now, life.now, data)
        everyone = [Sender(f"{org}/{number}", role, org) for role, org in SENDERS]
        everyone.append(Sender(life.person_ref, "PERSON", life.person_ref))
        may = [one for one in everyone if may_send(given, one, life.saga, ORGANISATIONS) is None]
        return self._chance.choice(may if may and self._chance.random() < 0.8 else everyone)

    def _say(self, life: Life) -> Saying:
        return Saying(self._chance, life.now, ordered=life is not self.lives[2])

    def _tell(self, life: Life, act: Act) -> Told:
        handover = len(life.opened)
        return Told(life, act, life.tell(act), life.now, handover)

    def _pass(self, days: int, hours: int) -> None:
        self.until(self.now + timedelta(days=days, hours=hours))

    def until(self, goal: datetime) -> None:
        """Time for everybody; who sleeps through an outage wakes up to all that came due in it."""
        goal = min(goal, self.ends) if self.ends else goal
        for down, up in OUTAGES:
            if self.now < up and goal > down:
                goal = max(goal, up)
                for life in self.lives:
                    life.until(max(down, life.now))
                    life.sleep(up)
        self.now = goal
        for life in self.lives:
            life.until(goal)


def _fitting(state: str) -> tuple[str, ...]:
    table = shipped_table()
    known = {name for here, name in table.rules if here == state and not name.startswith("T_")}
    known |= {rule.event for rule in table.reopen if state in rule.states}
    return tuple(sorted(known))


def played(
    seed: int, inputs: int, watch: Callable[[Life], None] = lambda _: None, table: Table | None = None
) -> History:
    """A history to its end."""
    history = History(seed, table, watch)
    for _ in history.run(inputs):
        continue
    return history
