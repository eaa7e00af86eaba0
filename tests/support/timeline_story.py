"""Facts as they come over the topics, and a timeline that has read them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from fastapi import FastAPI

from schemas import registry
from schemas.base import Event
from schemas.envelope import Envelope
from services.kernel.clock import SHANGHAI, SystemClock, VirtualClock
from services.kernel.db import Pool, transaction
from services.kernel.http import create_api
from services.kernel.ids import RandomIds
from services.kernel.phrases import Phrases
from services.kernel.projections import ProjectionRunner
from services.kernel.records import Message
from services.kernel.store import Store
from services.kernel.tokens import Actor, Tokens
from services.reference.calendar import load_calendar
from services.reference.calendar_years import Calendars
from services.reference.organisations import Organisations, load_city
from services.reference.policies import Policies
from services.reference.policy import load_policy
from services.timeline import journal
from services.timeline.accesses import Accesses
from services.timeline.api import Reading, routes
from services.timeline.app import MIGRATIONS, projections
from services.timeline.copying import Copying
from services.timeline.desk_hours import DeskHours
from services.timeline.figures import Figures
from services.timeline.kpi_api import kpi_routes
from services.timeline.ledger_api import Ledger, ledger_routes
from services.timeline.own_view import OwnView
from services.timeline.projections import short_notices, station_inbox
from services.timeline.rights import Rights
from services.timeline.rights_api import rights_routes
from services.timeline.rights_inbox import RightsInbox
from services.timeline.rights_parts import Parts
from services.timeline.summaries import Summaries
from tests.support.database import NoSealing, service_pool

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
FIGURES_AT = START.replace(month=12)
CITY = load_city("a")
POLICIES = Policies(load_policy())
CALENDARS = Calendars(load_calendar())
STATION = CITY.of_type("STN")[0]
DISTRICT = CITY.parents(STATION.org_id)[0]
OTHER_STATION = CITY.of_type("STN")[-1]
CENTRE = CITY.of_type("DETOX")[0]
PERSON = "01PERSON"
HANDOVER = "01HANDOVER"
TOKEN = {"v": 1, "alg": "A256GCM", "kid": "k", "nonce": "AAAA", "ct": "AAAA"}


@dataclass
class Story:
    """Messages about one person, in the order they are told; each stream numbers its own."""

    person: str = PERSON
    handover: str = HANDOVER
    messages: list[Message] = field(default_factory=list)
    now: datetime = START
    versions: dict[str, int] = field(default_factory=dict)
    policy: str | None = None

    def tell(
        self, kind: str, /, *, happened: datetime | None = None, cause: str | None = None, **data: object
    ) -> Message:
        """Add a fact that `happened` then, recorded now; a minute passes."""
        event_class = registry.CURRENT[kind]
        names = set(event_class.model_fields)
        given = {"person_ref": self.person, "handover_id": self.handover}
        event = event_class.model_validate({key: value for key, value in given.items() if key in names} | data)
        envelope = self._envelope(event, happened or self.now, cause)
        message = Message(envelope, event, event.topic, 0, len(self.messages), self.person)
        self.messages.append(message)
        self.now += timedelta(minutes=1)
        return message

    def _envelope(self, event: Event, at: datetime, cause: str | None) -> Envelope:
        stream = f"handover-{self.handover}" if event.topic == "hub.handover.v1" else f"{event.topic}-{self.person}"
        self.versions[stream] = version = self.versions.get(stream, 0) + 1
        return Envelope(
            id=id_of(self.person, len(self.messages)),
            source="jieli/test",
            type=event.wire,
            time=at,
            recordedtime=self.now,
            subject=self.person,
            dataschema="urn:test",
            partitionkey=self.person,
            sequence=version,
            correlationid=self.handover if stream.startswith("handover-") else None,
            causationid=cause,
            traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
            piiclass=event.pii,
            stream=stream,
            policyversion=self.policy,
        )


def id_of(person: str, place: int) -> str:
    """The id of a person's fact at that place, in the form of a ULID."""
    return f"01{int(sha256(person.encode()).hexdigest(), 16) % 10**20:020}{place:04}"


def offered(story: Story | None = None) -> Story:
    """A notice came in and the station was asked."""
    story = story or Story()
    story.tell("PersonRegistered", vault_ptr=f"vault://{story.person}", match_quality="EXACT", origin="NOTICE")
    notice = story.tell(
        "ReleaseNoticeReceived",
        notice_no="甲所通〔2026〕1号",
        revision=1,
        centre_id=CENTRE.org_id,
        episode_no="1",
        planned_release_date="2026-03-20",
        basis="AGREEMENT",
        flags=TOKEN,
    )
    story.tell("TimerScheduled", name="T_ROUTE", due_at="2026-03-04T00:00:00+08:00", deadline_rev=0, occurrence=1)
    story.tell("JurisdictionResolved", station_id=STATION.org_id, ground="HUKOU")
    story.tell(
        "HandoverOffered",
        cause=notice.envelope.id,
        station_id=STATION.org_id,
        track="VOLUNTARY",
        deadline_rev=0,
        ack_due="2026-03-05T00:00:00+08:00",
    )
    story.tell("TimerScheduled", name="T_ACCEPT", due_at="2026-03-05T00:00:00+08:00", deadline_rev=0, occurrence=1)
    return story


def accepted(story: Story | None = None) -> Story:
    """The station took the person on."""
    story = offered(story)
    story.tell("HandoverAccepted", station_id=STATION.org_id, accepted_by="lead-1")
    story.tell("WorkerAssignmentRequested", station_id=STATION.org_id)
    story.tell("TimerScheduled", name="T_EARLY", due_at="2026-03-07T00:00:00+08:00", deadline_rev=0, occurrence=1)
    return story


@dataclass
class Timeline:
    """A timeline's database with its API."""

    pool: Pool
    app: FastAPI
    tokens: Tokens
    clock: VirtualClock
    directory: Organisations = CITY
    ports: dict[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)

    async def read(self, *stories: Story, projected: bool = True) -> None:
        """Journal all messages of the stories and bring the projections up to date."""
        archive = journal.journaling(VirtualClock(START), _nobody)
        for story in stories:
            async with transaction(self.pool) as db:
                await archive(db, story.messages)
        if projected:
            await self.project()

    async def project(self) -> None:
        """Bring the projections up to date."""
        await ProjectionRunner(self.pool, journal.feed, projections(CITY)).advance()

    async def get(self, path: str, actor: Actor | None = None, **params: str) -> httpx.Response:
        """GET below /api/v1 in an actor's name."""
        headers = {"Authorization": f"Bearer {self.tokens.issue(actor)}"} if actor else {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub") as http:
            return await http.get(f"/api/v1{path}", headers=headers, params=params)

    async def post(self, path: str, body: object, actor: Actor) -> httpx.Response:
        """POST below /api/v1 in an actor's name."""
        headers = {"Authorization": f"Bearer {self.tokens.issue(actor)}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub") as http:
            return await http.post(f"/api/v1{path}", headers=headers, json=body)

    async def dump(self) -> list[list[Any]]:
        """All that the projections hold, for comparing."""
        queries = [
            "select * from person_timeline order by event_id",
            "select person_ref, matter, relation, org_id from person_organisations order by 1, 2, 3",
            "select * from station_inbox order by handover_id",
            "select * from kpi_cases order by handover_id",
            "select * from kpi_notices order by centre_id, notice_no",
        ]
        return [[tuple(row) for row in await self.pool.fetch(query)] for query in queries]


@asynccontextmanager
async def timeline(url: str) -> AsyncIterator[Timeline]:
    """An empty timeline."""
    async with service_pool(url, MIGRATIONS, schema="timeline") as pool:
        tokens = Tokens(b"k" * 32, SystemClock())
        ports: dict[str, Callable[..., Awaitable[Any]]] = {}
        summaries = Summaries(Phrases.load("services.timeline"), CITY)
        figures = Figures(directory=CITY, policies=POLICIES, calendars=CALENDARS, clock=VirtualClock(FIGURES_AT))
        clock = VirtualClock(START)
        store = Store(source="jieli/timeline", clock=clock, ids=RandomIds(clock), seal=NoSealing(), wake=_nobody)
        accesses = Accesses(pool, store, clock)
        reading = Reading(
            pool, CITY, summaries, DeskHours(POLICIES, CALENDARS), accesses, OwnView(NoSealing(), summaries)
        )
        rights = Rights(
            reading=reading,
            parts=Parts(reading),
            store=store,
            ids=RandomIds(clock),
            policies=POLICIES,
            calendars=CALENDARS,
            ports=ports,
        )
        routers = [
            routes(reading, (station_inbox.entries_of, short_notices.entries_of, RightsInbox(CITY, clock).entries_of)),
            rights_routes(rights, Copying(rights, NoSealing())),
            ledger_routes(Ledger(reading)),
            kpi_routes(pool, figures),
        ]
        yield Timeline(
            pool, create_api("timeline", routers, Phrases.load("services.kernel"), tokens), tokens, clock, ports=ports
        )


def actor(role: str, org: str = "", name: str = "someone") -> Actor:
    """Somebody with a token."""
    return Actor(name, role, org)


def names(messages: Iterable[Message]) -> list[str]:
    """Short names of events."""
    return [message.event.name for message in messages]


def _nobody() -> None:
    return None
