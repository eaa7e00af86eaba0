"""The running hub against the second interpreter: a sample of states, events, roles and organisations, by its doors.

Every scene is lived through again by people of the hub. A question that may change something is asked about a person
of its own, all others share one for each scene. `JIELI_GOLDEN_DOORS=500` asks so many, of all scenes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from random import Random

import pytest
from pydantic_core import to_jsonable_python

from services.handover.domain.actors import shipped_actors
from services.handover.domain.senders import may_send
from services.handover.domain.words import Input, Sender
from services.intake.granted import INTAKE_ONLY
from tests.support.lives import comes_by_topic
from tests.support.nowhere import refusal
from tests.support.saga_stage import Stage, stage
from tests.unit.handover.pair import Pair, Scripted, Variant
from tests.unit.handover.test_golden import ROLES, SCENES, STATES, organisations_for, sender_of
from tests.unit.handover.variants import VARIANTS
from tests.unit.handover.world import ORGANISATIONS, at

QUESTIONS = int(os.environ.get("JIELI_GOLDEN_DOORS", "60"))
SEED = int(os.environ.get("JIELI_SEED", "4"))
START = at("2026-03-02")
SOON = at("2026-04-06")  # without JIELI_GOLDEN_DOORS scenes that last longer are left out
AFTERWARDS = timedelta(days=3)
FORCED = frozenset({"timers of another track", "timers of a voluntary person"})  # no hub comes to stand there
SAID_BY_HUB = INTAKE_ONLY | {"SourceSequenceGap"}  # they come by their stream alone
DONE = frozenset({"applied", "folded", "pending"})
pytestmark = pytest.mark.timeout(300 + 2 * QUESTIONS)
Record = Callable[[str, object], None]


@dataclass(slots=True)
class Asked:
    """One question about a scene and what the second interpreter answers: outcome, code, and what is said then."""

    scene: str
    variant: Variant
    sender: Sender | None
    pair: Pair
    outcome: str
    code: str
    emits: list[str]

    @property
    def changes(self) -> bool:
        """Whether anything may be different behind it."""
        return self.outcome != "refused"

    @property
    def overdue(self) -> bool:
        """Whether it makes alarms overdue: they come due at once and together, which is a question of dates."""
        saga, now = self.pair.world.saga, self.pair.world.now
        return saga is not None and any(one.due_at <= now for one in saga.timers.values())


@dataclass(slots=True)
class Played:
    """A person of the hub who lives through a scene, the questions about them, and the pair that they must equal."""

    person_ref: str
    scene: Pair
    asked: list[Asked] = field(default_factory=list)

    @property
    def after(self) -> Pair:
        """The pair behind the questions."""
        return self.asked[0].pair if self.asked[0].changes else self.scene


@cache
def scene(name: str) -> Pair:
    return STATES[name]()


def scenes() -> list[str]:
    """Those that a hub can come to, and in a short run only those that it comes to soon."""
    long = "JIELI_GOLDEN_DOORS" in os.environ
    return [name for name in SCENES if name not in FORCED and (long or scene(name).world.now <= SOON)]


def questions() -> Iterator[Asked]:
    """By chance: any role, roles that the table of senders names for the event, and facts without a sender."""
    chance = Random(SEED)
    every = [one for one in VARIANTS if "officials" not in one.data]
    known = scenes()
    for number in range(QUESTIONS):
        variant = chance.choice(every)
        while number % 5 == 0 and not comes_by_topic(variant.name):
            variant = chance.choice(every)
        yield question(known[number % len(known)], variant, None if number % 5 == 0 else a_sender(chance, variant.name))


def a_sender(chance: Random, event: str) -> Sender:
    """Two of three times of a role that may, then of its own or another organisation."""
    named = [role for line in shipped_actors().lines(event) for role in line.by]
    role = chance.choice(named if named and chance.random() < 0.67 else ROLES)
    org = chance.choice(organisations_for(role)) if role != "OPS" else "A"  # the door lets in no other
    return sender_of(role, org)


def question(name: str, variant: Variant, sender: Sender | None) -> Asked:
    """Ask the second interpreter; `decide` has to agree, or this raises."""
    pair = scene(name).copy()
    pair.tell(variant, sender)
    first = pair.answers[0]
    emits = [event for answer in pair.answers for event in answer.emits]
    said = pair.script[len(scene(name).script)].variant
    return Asked(name, said, sender, pair, first.outcome, first.code, emits)


def cast(asked: list[Asked]) -> list[Played]:
    """The people that these questions need."""
    shared: dict[str, Played] = {}
    people: list[Played] = []
    for one in asked:
        if one.changes or one.scene not in shared:
            people.append(Played(f"G{len(people):08}", scene(one.scene)))
        if not one.changes:
            shared.setdefault(one.scene, people[-1])
        (people[-1] if one.changes else shared[one.scene]).asked.append(one)
    return people


async def test_the_running_hub_answers_as_the_second_interpreter(tmp_path: Path, record_property: Record) -> None:
    asked = list(questions())
    people = cast(asked)
    played = len(people)
    async with stage(tmp_path, START) as hub:
        await hub.know(one.person_ref for one in people)
        wrong = await live(hub, people)
        people = [one for one in people if not one.asked[0].overdue]
        for one in people:
            one.after.until(hub.now + AFTERWARDS)
        await hub.go(hub.now + AFTERWARDS)
        for one in people:
            wrong += [f"{one.person_ref} afterwards: {what}" for what in await differs(hub, one, one.after)]
    outcomes = {outcome: sum(one.outcome == outcome for one in asked) for outcome in {one.outcome for one in asked}}
    record_property("figures", {"questions": len(asked), "people": played, "outcomes": outcomes})
    if wrong:
        pytest.fail("\n".join(wrong))


async def live(hub: Stage, people: list[Played]) -> list[str]:
    """Everybody's scene in the order of time, and at its end the questions."""
    wrong: list[str] = []
    left = {one.person_ref: list(one.scene.script) for one in people}
    waiting = list(people)
    while waiting:
        ends = (left[one.person_ref][0].at if left[one.person_ref] else one.scene.world.now for one in waiting)
        await hub.go(instant := min(ends))
        while now := [one for one in waiting if left[one.person_ref] and left[one.person_ref][0].at == instant]:
            await asyncio.gather(*(retell(hub, one.person_ref, left[one.person_ref].pop(0)) for one in now))
            await hub.settle()
        ended = [one for one in waiting if not left[one.person_ref] and one.scene.world.now == instant]
        waiting = [one for one in waiting if one not in ended]
        for one in ended:
            wrong += [f"{one.person_ref} {one.asked[0].scene}: {what}" for what in await differs(hub, one, one.scene)]
            wrong += await put(hub, one)
    return wrong


async def retell(hub: Stage, person_ref: str, told: Scripted) -> None:
    """One line of a scene through the door that it really comes by."""
    data = to_jsonable_python(dict(told.variant.data))
    if comes_by_topic(told.variant.name):
        await hub.fact(person_ref, told.variant.name, data)
        return
    people = 2 if "officials" in data else 1
    for number in range(1, people + 1):
        by = told.sender or who_may(told, number)
        known = await hub.handovers(person_ref)
        if known:
            answer = await hub.record(known[-1].handover_id, told.variant.name, data, by)
        else:
            answer = await hub.walk_in(person_ref, data, by)
        assert answer.accepted, (told, answer)


def who_may(told: Scripted, number: int) -> Sender:
    """Somebody who may record it in that saga."""
    given = Input(told.variant.name, "-", told.at, told.at, told.variant.data)
    every = (
        Sender(f"{org}/{number}", role, org) for role in ROLES if role != "PERSON" for org in organisations_for(role)
    )
    return next(one for one in every if may_send(given, one, told.saga, ORGANISATIONS) is None)


async def put(hub: Stage, played: Played) -> list[str]:
    """Ask the questions about a person; sentences about other answers."""
    wrong: list[str] = []
    for asked in played.asked:
        before = await hub.said(played.person_ref)
        answered = await ask(hub, played.person_ref, asked)
        await hub.settle()
        said = (await hub.said(played.person_ref))[len(before) :]
        said = said[1:] if said[:1] == [asked.variant.name] else said
        said = list(takewhile(lambda line: not line.startswith("Timer"), said))
        if said != asked.emits:
            wrong.append(f"{asked.scene} {asked.variant} {asked.sender} says {said}, expected {asked.emits}")
        if answered != expected(asked):
            wrong.append(f"{asked.scene} {asked.variant} {asked.sender} answers {answered}, expected {expected(asked)}")
        found = [] if asked.overdue else await differs(hub, played, asked.pair)
        wrong += [f"{asked.scene} {asked.variant} {asked.sender} {what}" for what in found]
    return wrong


async def ask(hub: Stage, person_ref: str, asked: Asked) -> str:
    """The door's answer: a refusal's code, or nothing."""
    name, data, by = asked.variant.name, to_jsonable_python(dict(asked.variant.data)), asked.sender
    if by is None or (name in SAID_BY_HUB and asked.outcome in DONE):
        await hub.fact(person_ref, name, data)
        return ""
    if by.role == "PERSON":
        by = Sender(person_ref if by.actor == "P-1" else by.actor, by.role, "")
    if by.role in {"AUDITOR", "CONTACT"}:
        by = Sender(by.actor, by.role, "")
    known = await hub.handovers(person_ref)
    if not known and name == "PersonReported":
        return (await hub.walk_in(person_ref, data, by)).code
    return (await hub.record(known[-1].handover_id if known else "", name, data, by)).code


def expected(asked: Asked) -> str:
    """A refusal's code; a record about a handover that nobody knows is refused as one of somebody else's."""
    nowhere = asked.pair.script[-1].saga is None and asked.variant.name != "PersonReported"
    if asked.sender and nowhere and not (asked.variant.name in SAID_BY_HUB and asked.outcome in DONE):
        return refusal(asked.variant.name, asked.sender, ORGANISATIONS)
    return asked.code if asked.outcome == "refused" else ""


async def differs(hub: Stage, played: Played, pair: Pair) -> list[str]:
    """State and armed timers of a person against the second interpreter's memory; due instants against decide's."""
    sagas, memory, saga = await hub.handovers(played.person_ref), pair.memory, pair.world.saga
    if memory is None or saga is None:
        return [f"{len(sagas)} handovers, expected none"] if sagas else []
    if not sagas:
        return ["no handover"]
    seen = sagas[-1]
    armed = {(one.name, one.due_at, one.occurrence) for one in seen.timers.values()}
    known = {(one.name, one.due_at, one.occurrence) for one in saga.timers.values()}
    found = [] if seen.state == memory["state"] else [f"stands in {seen.state}, expected {memory['state']}"]
    found += [] if set(seen.timers) == memory["armed"] else [f"armed {set(seen.timers) ^ memory['armed']} differently"]
    found += [] if armed == known else [f"due {sorted(armed ^ known)}"]
    rows = {row[0] for row in await hub.armed(played.person_ref)}
    return found + ([] if rows == memory["armed"] else [f"rows {rows ^ memory['armed']}"])
