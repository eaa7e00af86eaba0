"""One person as the running hub treats them, foretold by `decide` and `evolve` alone.

What the doors add to a decision is written here a second time: facts that wait for their saga, facts of other services
that come back from their topics, intake's new route after a decline, two officials, and the hub asleep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from typing_extensions import override

from schemas.registry import CURRENT
from services.handover.commands import About, Command, event_of, input_of
from services.handover.domain.decide import decide, evolve
from services.handover.domain.memory import from_json, to_json
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.table import Table
from services.handover.domain.words import Input, Sender, Step
from services.handover.facts import clear_payload, order_no, payload
from services.kernel.tokens import Actor
from tests.support.nowhere import refusal
from tests.unit.handover.world import World

FOREIGN = ("hub.intake.v1", "hub.casework.v1", "hub.privacy.v1")
WALK_IN = "PersonReported"
KEPT = frozenset({"applied", "folded"})


@dataclass(frozen=True, slots=True)
class Act:
    """Something is told to the hub: a fact of a topic, or a record that `by` sends."""

    name: str
    data: Mapping[str, Any]
    by: Sender | None = None


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the door answers: the outcome, a refusal's code or why it was set aside, and the state after."""

    outcome: str
    reason: str = ""
    state: str = ""


def comes_by_topic(name: str) -> bool:
    """Whether the saga learns it from a topic; the rest is recorded in its own stream."""
    return CURRENT[name].topic in FOREIGN


class Life(World):
    """A world of one person with a name of their own. `said` is what the streams of their handovers hold, in order."""

    def __init__(self, person_ref: str, start: str, table: Table | None = None) -> None:
        super().__init__(start, table)
        self.person_ref = person_ref
        self.said: list[str] = []
        self.opened: list[str] = []
        self.last: Step | None = None
        self.under_order = False
        self._waiting: list[Input] = []

    def tell(self, act: Act) -> Foretold:
        """One act at the present instant; what it makes overdue comes due at once."""
        self.under_order = self.under_order or act.name in {"OrderServed", "MeasureChanged"}
        answer = self._record(act, act.by) if act.by else self._fact(act)
        self.until(self.now)
        return answer

    def restart(self) -> None:
        """The hub forgets everything but what it wrote down."""
        if self.saga:
            self.saga = from_json(json.loads(json.dumps(to_json(self.saga))))

    def sleep(self, until: datetime) -> None:
        """Nobody looks at any deadline until then; what became due is dealt with in one go."""
        self.now = max(self.now, until)
        self.restart()
        self.until(self.now)

    def _fact(self, act: Act, *, granted: bool = False) -> Foretold:
        return self._judge(self._read(act), granted=granted)

    def _read(self, act: Act) -> Input:
        event = CURRENT[act.name].model_validate({**act.data, **self._named(act.name)})
        known = payload(event) | order_no(event)
        return Input(act.name, self.new_id(), self.now, self.now, known, person_ref=self.person_ref)

    def _named(self, name: str) -> dict[str, str]:
        ids = {"person_ref": self.person_ref, "handover_id": self.saga.handover_id if self.saga else "-"}
        return {field: value for field, value in ids.items() if field in CURRENT[name].model_fields}

    def _judge(self, given: Input, *, granted: bool) -> Foretold:
        """`granted`: it was recorded about the handover that has ended, so it does not wait for the next one."""
        step = decide(self.saga, given, self.context)
        ended = self.saga is not None and self.saga.state in self.table.terminal
        if step.outcome == "waits" or (ended and step.outcome == "folded" and not granted):
            self._waiting.append(given)
            return Foretold("waits")
        self._keep(step, given)
        return self._answer(step)

    def _record(self, act: Act, by: Sender) -> Foretold:
        """Who has no handover yet can only walk in."""
        if self.saga is None and act.name != WALK_IN:
            return Foretold("refused", refusal(act.name, by, self.context.organisations))
        command = self._command(act, by)
        event = event_of(command, About(self.person_ref, self.saga.handover_id if self.saga else "-"))
        given = input_of(command, self.person_ref, event)
        if self.context.actors.needs_two(act.name):
            given = replace(given, content_tag=repr(sorted(clear_payload(event).items())))
        step = decide(self.saga, given, self.context)
        if step.outcome not in KEPT or command.owner == "saga":
            self._keep(step, given, record=act.name)
            return self._answer(step)
        self._fact(act, granted=command.owner == "person")
        return self._answer(step)

    def _command(self, act: Act, by: Sender) -> Command:
        actor = Actor(by.actor, by.role, by.org, None)
        data = {name: value for name, value in act.data.items() if name in CURRENT[act.name].model_fields}
        return Command(handover_id="-", record=act.name, data=data, actor=actor, id=self.new_id(), at=self.now)

    def _answer(self, step: Step) -> Foretold:
        return Foretold(step.outcome, step.reason, step.state)

    def _keep(self, step: Step, given: Input, record: str = "") -> None:
        if record and step.outcome in KEPT:
            self.said.append(record)
        self._take(step, given)
        if step.opens:
            self.opened.append(step.handover_id)
            self._follow()
        if given.name == "HandoverDeclined" and "HandoverReoffered" in {event.name for event in step.emits}:
            self._route_again(given)

    def _follow(self) -> None:
        """What waited for a saga follows right behind the fact that opened it."""
        waiting, self._waiting = self._waiting, []
        for given in waiting:
            self._keep(decide(self.saga, given, self.context), given)

    def _route_again(self, given: Input) -> None:
        """Intake's answer to a decline: the station that was proposed, or people."""
        proposed = given.data.get("proposed_station")
        if proposed:
            told = {"station_id": proposed, "ground": "DECISION", "hops": self.known.hops}
            self._fact(Act("JurisdictionResolved", told))
        else:
            self._fact(Act("JurisdictionUnresolved", {"outcome": "UNKNOWN"}))

    @override
    def _came_due(self, timer: Timer, step: Step) -> None:
        what = "TimerIgnored" if step.outcome == "ignored" else "TimerFired"
        self.said.append(f"{what} {timer.name}/{timer.deadline_rev}/{timer.occurrence}")
        super()._came_due(timer, step)

    @override
    def _take(self, step: Step, given: Input | None) -> Step:
        self.last = step
        self.said.extend(event.name for event in step.emits)
        return super()._take(step, given)


def folded(steps: list[Step]) -> Saga | None:
    """The saga that the steps alone give, each read as its row in the database gives it back."""
    saga: Saga | None = None
    for step in steps:
        if step.patch:
            patch = json.loads(json.dumps(step.patch))
            saga = evolve(saga, replace(step, patch=patch))
    return saga
