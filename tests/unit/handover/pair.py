"""The hub's saga and the golden interpreter side by side on the same inputs."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.handover.domain.decide import decide, input_of
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Input, Sender, Step, TimerKey
from services.reference.terms import instant_of
from tests.golden.interpreter import Answer, Given, Golden
from tests.unit.handover.world import CALENDAR, CENTRE, CITY, FAR_STATION, OTHER_STATION, STATION, STREET, World, at

ORGS = {
    STATION: ("STN", "A01", STREET, "A01-POLICE"),
    OTHER_STATION: ("STN", "A01", f"{OTHER_STATION}-STREET", "A01-POLICE"),
    FAR_STATION: ("STN", "A04", f"{FAR_STATION}-STREET", "A04-POLICE"),
    STREET: ("STREET", "A01", "", ""),
    f"{FAR_STATION}-STREET": ("STREET", "A04", "", ""),
    CENTRE: ("DETOX", "", "", ""),
    "A-CENTRE-2": ("DETOX", "", "", ""),
    "A-PRISON": ("PRISON", "", "", ""),
    "A-POLICE-DECISION": ("POLICE_DECISION", "", "", ""),
    "A01-POLICE": ("POLICE_STATION", "A01", "", ""),
    "A04-POLICE": ("POLICE_STATION", "A04", "", ""),
    "A01": ("DWS", "", "", ""),
    "A04": ("DWS", "", "", ""),
    CITY: ("CGS", "", "", ""),
    "A-CLINIC-1": ("CLINIC", "", "", ""),
    "A-RSP": ("RSP", "", "", ""),
}
GOLDEN = Golden(ORGS, CITY, "A-POLICE-DECISION")


@dataclass(frozen=True)
class Variant:
    """One way an input may read: the payload for the hub, the words for the interpreter."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scripted:
    """What both were told: when, in which saga, and by whom; `sender` is None for a fact."""

    at: datetime
    variant: Variant
    sender: Sender | None
    saga: Saga | None


class Disagreement(AssertionError):
    """The two read the table differently."""


class Pair:
    """A world and a memory that were told the same."""

    def __init__(self, start: str = "2026-03-02", world: World | None = None) -> None:
        self.world = world or World(start)
        self.memory: dict[str, Any] | None = None
        self.script: list[Scripted] = []
        self.answers: list[Answer] = []

    def copy(self) -> Pair:
        other = Pair()
        other.world.now, other.world.saga = self.world.now, self.world.saga
        other.world.table, other.world._ids = self.world.table, self.world._ids
        other.memory, other.script = deepcopy(self.memory), list(self.script)
        return other

    @property
    def clock(self) -> str:
        saga, now = self.world.saga, self.world.now
        if saga is None or saga.deadline is None or now < instant_of(saga.deadline, "end"):
            return "before"
        return "grace" if now < instant_of(CALENDAR.add_working(saga.deadline, 1), "end") else "after"

    @property
    def deadline(self) -> str:
        saga = self.world.saga
        return str(saga.deadline) if saga and saga.deadline else "9999-12-31"

    def tell(self, variant: Variant, sender: Sender | None = None) -> Step:
        """Give both the same input; they must agree on everything."""
        data = {key: value(self.world.now) if callable(value) else value for key, value in variant.data.items()}
        words = {key: value(self.world.now) if callable(value) else value for key, value in variant.words.items()}
        given = self._golden(Variant(variant.name, words=words), sender)
        self.script.append(Scripted(self.world.now, Variant(variant.name, data, words), sender, self.world.saga))
        asked = Input(variant.name, self.world.new_id(), self.world.now, self.world.now, data, sender, person_ref="P-1")
        step = decide(self.world.saga, asked, self.world.context)
        answer, self.memory = GOLDEN.take(self.memory, given)
        self._agree(step, answer, variant.name)
        self.answers.append(answer)
        self.world._take(step, asked)
        if variant.name == "HandoverDeclined" and "HandoverReoffered" in answer.emits:
            self._route_again()
        return step

    def _route_again(self) -> None:
        """Intake's answer to a decline that proposes nobody; the hub gives it by itself."""
        self.tell(Variant("JurisdictionUnresolved", {"outcome": "UNKNOWN"}, {"outcome": "UNKNOWN"}))
        self.script.pop()

    def fire(self, name: str) -> Step:
        """One timer by itself, at its due instant; an unarmed one is fired in vain."""
        world = self.world
        timer = world.saga.timers.get(name) if world.saga else None
        if timer:
            world.now = max(world.now, timer.due_at)
        asked = input_of(timer, world.context) if timer else self._in_vain(name)
        given = Given(name, "timer", occurrence=timer.occurrence if timer else 1, clock=self.clock)
        step = decide(world.saga, asked, world.context)
        answer, self.memory = GOLDEN.take(self.memory, given)
        self._agree(step, answer, name)
        world._take(step, asked)
        return step

    def until(self, when: str | datetime) -> Pair:
        goal = at(when) if isinstance(when, str) else when
        while due := [one for one in self._timers() if one.due_at <= goal]:
            self.fire(min(due, key=lambda one: (one.due_at, one.ordinal)).name)
        self.world.now = max(self.world.now, goal)
        return self

    def days(self, number: int) -> Pair:
        return self.until(self.world.now + timedelta(days=number))

    def _timers(self) -> list[Timer]:
        return list(self.world.saga.timers.values()) if self.world.saga else []

    def _in_vain(self, name: str) -> Input:
        return Input(name, "none", self.world.now, self.world.now, timer=TimerKey(name, 1, 1))

    def _golden(self, variant: Variant, sender: Sender | None) -> Given:
        if sender is None:
            return Given(variant.name, clock=self.clock, deadline=self.deadline, words=variant.words)
        org = "person" if sender.actor == "P-1" else sender.org
        who = (sender.role, org, sender.actor)
        return Given(variant.name, "command", *who, clock=self.clock, deadline=self.deadline, words=variant.words)

    def _agree(self, step: Step, answer: Answer, name: str) -> None:
        armed = set(self.world.saga.timers) if self.world.saga else set()
        if step.opens:
            armed = set()
        armed = (armed - set(step.stopped) - {self._fired(step, name)}) | {timer.name for timer in step.armed}
        reason = step.reason if step.outcome in {"refused", "set_aside"} else ""
        hub = (step.outcome, step.state or None, reason, [event.name for event in step.emits], armed, list(step.rules))
        golden = (answer.outcome, answer.state, answer.code, answer.emits, answer.armed, answer.rules)
        if hub != golden:
            raise Disagreement(f"{name}\n hub    {hub}\n golden {golden}")

    def _fired(self, step: Step, name: str) -> str:
        return name if name.startswith("T_") and (step.patch or step.outcome == "applied") else ""
