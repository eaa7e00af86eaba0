"""An outside load: centres and stations that know the hub's doors only, and send each thing until it is answered.

What was answered is remembered: it must be there in the end, once. An `in.*` message counts as answered with its
receipt, not with the broker's acknowledgement: a broker may be lost with what it acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.support.checker import Fed, topic_messages
from tests.support.hub import Doors

CENTRE: Final = "A-CENTRE-1"
STATION: Final = "A01-S001"
DIVISION: Final = "000101001"
IN_TOPIC: Final = "in.detox.v1"
OUT_TOPIC: Final = "out.detox.v1"
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
AGAIN_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.1
PATIENCE: Final = 10.0
STOP_SECONDS: Final = 2.0
WORKERS: Final = 3
NOW: Final = datetime.now(UTC)
RELEASE: Final = {"released_at": NOW.isoformat(), "pickup": "FAMILY", "release_kind": "EXPIRED"}
LATER: Final = (502, 503, 504, 500, 429, 408)


def synthetic_id(number: int) -> str:
    """A resident number of nobody: province 00, a right check digit (ISO 7064 MOD 11-2)."""
    body = f"000101{1970 + number % 30}{1 + number % 12:02}{1 + number % 28:02}{number % 1000:03}"
    return body + CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass(frozen=True, slots=True)
class Bearers:
    """Tokens of the load's three actors."""

    centre: str
    lead: str
    ops: str


@dataclass(slots=True)
class Person:
    """One person's way, as far as the load has brought it."""

    number: int
    released_first: bool
    notice_no: str = ""
    person_ref: str = ""
    handover_id: str = ""
    published_at: float = float("-inf")
    turned_away: bool = False

    @property
    def message_id(self) -> str:
        """The id of the release's message; the same however often it is sent."""
        return f"load-release-{self.number}"


@dataclass(slots=True)
class Load:
    """Sends for `count` people; `doors` gives where to, or None while the hub is down."""

    doors: Callable[[], Doors | None]
    bearers: Bearers
    count: int
    seed: int
    notices: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    releases: dict[str, list[str]] = field(default_factory=dict)
    accepted: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failures: int = 0
    published: int = 0
    looked: int = 0
    trouble: str = ""
    people: list[Person] = field(default_factory=list)
    _allowed: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self.people = [
            Person(number, chance.random() < 0.3, f"LOAD-{self.seed}-{number:05}") for number in range(self.count)
        ]

    def allow(self, people: int) -> None:
        """Let so many more begin, so that the load lasts as long as what it is to last through."""
        for _ in range(people):
            self._allowed.release()

    async def run(self) -> None:
        """Until all that was to be sent is answered."""
        waiting = list(reversed(self.people))
        async with httpx.AsyncClient(timeout=PATIENCE) as http, asyncio.TaskGroup() as together:
            together.create_task(self._post_office())
            for _ in range(WORKERS):
                together.create_task(self._worker(http, waiting))

    def what_is_missing(self, events: Sequence[Fed]) -> list[str]:
        """Sentences about what was answered and is not in the stores exactly once."""
        released = Counter(event.data["notice_no"] for event in events if event.name == "PersonReleased")
        accepted = Counter(event.data["handover_id"] for event in events if event.name == "HandoverAccepted")
        wrong = [
            f"release {p.notice_no} stands {released[p.notice_no]} times"
            for p in self.people
            if released[p.notice_no] != 1
        ]
        wrong += [f"acceptance of {h} stands {accepted[h]} times" for h in self.accepted if accepted[h] != 1]
        wrong += [f"{len(self.accepted)} of {self.count} accepted"] if len(self.accepted) != self.count else []
        wrong += [
            f"{m} was answered {said}"
            for m, said in self.releases.items()
            if min(said) != "accepted" or said.count("accepted") != 1
        ]
        return wrong + self.refused

    def still_open(self) -> list[str]:
        """What was not answered yet, and the newest reason."""
        notices = [p.notice_no for p in self.people if not p.person_ref]
        releases = [p.notice_no for p in self.people if p.message_id not in self.releases]
        offers = [p.notice_no for p in self.people if p.person_ref and not p.handover_id]
        acceptances = [p.handover_id for p in self.people if p.handover_id and p.handover_id not in self.accepted]
        return [
            f"{notices=}",
            f"{releases=}",
            f"{offers=}",
            f"{acceptances=}",
            f"{self.published} published, {self.looked} looks, {self.trouble}",
        ]

    async def _worker(self, http: httpx.AsyncClient, waiting: list[Person]) -> None:
        while waiting:
            await self._allowed.acquire()
            if waiting:
                await self._one(http, waiting.pop())
        self._allowed.release()  # whoever else still waits

    async def _one(self, http: httpx.AsyncClient, person: Person) -> None:
        receipt = await self._post(http, "intake", "/api/v1/intake/notices", notice_of(person), self.bearers.centre)
        if receipt is None:
            person.turned_away = True
            return
        person.person_ref = receipt["person_ref"]
        self.notices[person.notice_no] = receipt
        while person.released_first and person.message_id not in self.releases:
            await asyncio.sleep(PAUSE_SECONDS)
        person.handover_id = await self._offered(http, person)
        path = f"/api/v1/handovers/{person.handover_id}/records"
        answer = await self._post(http, "handover", path, {"type": "HandoverAccepted", "data": {}}, self.bearers.lead)
        if answer is not None:
            self.accepted[person.handover_id] = answer

    async def _offered(self, http: httpx.AsyncClient, person: Person) -> str:
        query = {"centre": CENTRE, "notice_no": person.notice_no}
        while True:
            found = await self._ask(http, "handover", "GET", "/api/v1/handovers", self.bearers.ops, params=query)
            items = found.json()["items"] if found is not None and found.is_success else []
            if items and items[0]["station"]:
                return str(items[0]["handover_id"])
            await asyncio.sleep(PAUSE_SECONDS)

    async def _post(
        self, http: httpx.AsyncClient, service: str, path: str, body: Mapping[str, Any], bearer: str
    ) -> Mapping[str, Any] | None:
        """The answer, however long it takes; the same key every time. None, and noted, if it is refused."""
        key = f"load-{key_for(path, body)}"
        while True:
            answer = await self._ask(http, service, "POST", path, bearer, json=body, headers={"Idempotency-Key": key})
            if answer is not None and answer.is_success:
                said: Mapping[str, Any] = answer.json()
                return said
            if answer is not None and answer.status_code not in LATER:
                self.refused.append(f"{path} {answer.status_code} {answer.text[:200]}")
                return None
            await asyncio.sleep(PAUSE_SECONDS)

    def _failed(self, error: object) -> None:
        self.failures += 1
        self.trouble = repr(error)

    async def _ask(
        self,
        http: httpx.AsyncClient,
        service: str,
        method: str,
        path: str,
        bearer: str,
        **how: Any,  # noqa: ANN401
    ) -> httpx.Response | None:
        doors = self.doors()
        if doors is None:
            return None
        headers = {"Authorization": f"Bearer {bearer}"} | how.pop("headers", {})
        try:
            answer = await http.request(method, getattr(doors, service) + path, headers=headers, **how)
        except httpx.TransportError as error:
            self._failed(error)
            return None
        if answer.status_code in LATER:
            self._failed(answer.text)
        return answer

    async def _post_office(self) -> None:
        """Publish releases until each has its receipt."""
        while not all(person.turned_away or person.message_id in self.releases for person in self.people):
            doors = self.doors()
            if doors is not None:
                try:
                    async with asyncio.timeout(PATIENCE):
                        await self._publish_due(doors.kafka)
                        await self._read_receipts(doors.kafka)
                except (KafkaError, OSError, TimeoutError) as error:
                    self._failed(error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _publish_due(self, bootstrap: str) -> None:
        now = time.monotonic()
        due = [
            person
            for person in self.people
            if person.person_ref
            and person.message_id not in self.releases
            and now - person.published_at > AGAIN_SECONDS
        ]
        if not due:
            return
        async with producing(bootstrap) as producer:
            for person in due:
                value = json.dumps(RELEASE | {"notice_no": person.notice_no}).encode()
                await producer.send_and_wait(IN_TOPIC, value, key=key_of(person), headers=headers_of(person))
                person.published_at = now
                self.published += 1

    async def _read_receipts(self, bootstrap: str) -> None:
        outcomes: dict[str, list[str]] = defaultdict(list)
        said = {message.event_id: message.data for message in await topic_messages(bootstrap, only=(OUT_TOPIC,))}
        for receipt in said.values():  # by event: a relay may publish one again, which the reader tells by its id
            if receipt.get("message_id", "").startswith("load-"):
                outcomes[receipt["message_id"]].append(receipt["outcome"])
        self.releases.update(outcomes)
        self.looked += 1


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose end does not wait for a broker that is gone."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=5000)
    try:
        await producer.start()
        yield producer
    finally:
        producer._message_accumulator.fail_all(KafkaError("given up"))
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await producer.stop()
        except TimeoutError:
            await producer.client.close()
            await producer._sender.close()


def notice_of(person: Person) -> dict[str, Any]:
    """One synthetic person's notice, released in three weeks."""
    identity = {
        "name": f"合成甲{person.number:05}",
        "sex": "M" if person.number % 2 else "F",
        "resident_id": synthetic_id(person.number),
        "phone": f"000{person.number:08}",
        "hukou_div": DIVISION,
        "residence_div": DIVISION,
    }
    return {
        "notice_no": person.notice_no,
        "planned_release_date": (NOW.date() + timedelta(days=21)).isoformat(),
        "basis": "AGREEMENT",
        "identity": identity,
    }


def key_of(person: Person) -> bytes:
    """Record key on `in.detox.v1`."""
    return f"{CENTRE}/{person.notice_no}".encode()


def headers_of(person: Person) -> Sequence[tuple[str, bytes]]:
    """CloudEvents attributes of the release; the id never changes."""
    said = {
        "ce_specversion": "1.0",
        "ce_id": person.message_id,
        "ce_source": CENTRE,
        "ce_type": "cn.aftercare.intake.PersonReleased.v1",
        "ce_time": NOW.isoformat(),
        "content-type": "application/json",
    }
    return [(name, text.encode()) for name, text in said.items()]


def key_for(path: str, body: Mapping[str, Any]) -> str:
    """The same for the same request."""
    return f"{path.rsplit('/', 2)[-2]}-{body.get('notice_no') or body.get('type')}"
