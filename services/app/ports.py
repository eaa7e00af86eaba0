"""Calls from one service to another: HTTP with a HUB token, to this process or to where the other service runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.app.virtual_time import remember
from services.handover import history, standing, walk_in
from services.kernel.errors import Refused, Unavailable
from services.kernel.kit import Kit
from services.kernel.tokens import Actor

HUB = Actor("hub", "HUB", "", None)
PATIENCE = 10.0  # seconds


@dataclass(slots=True)
class Address:
    """Where this process serves; known once it does."""

    url: str = ""


@asynccontextmanager
async def connect_ports(kit: Kit, own: Address) -> AsyncIterator[None]:
    """Fill in the calls that services make of each other, until the block ends."""
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        intake = IntakeFacts(kit, own, http)
        kit.ports["intake_facts"] = intake.append
        kit.ports["report"] = kit.ports.get(walk_in.PORT) or WalkIns(kit, http).report
        kit.ports["standing"] = kit.ports.get(standing.PORT) or Standings(kit, http).ask
        kit.ports["own_record"] = OwnRecords(kit, own, http).read
        kit.ports["erase"] = Erasures(kit, own, http).erase
        kit.ports["history"] = kit.ports.get(history.PORT) or Histories(kit, http).ask
        kit.ports["clock_moved"] = ClockMoved(kit).tell
        yield


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """Facts of intake's topic that handover has authorised."""

    kit: Kit
    own: Address
    http: httpx.AsyncClient

    async def append(self, person_ref: str, kind: str, data: dict[str, Any], actor: Actor, key: str) -> list[str]:
        """Event ids of the appended fact; the same `key` again gives the same ids. Raises Refused, Unavailable."""
        url = f"{self.kit.settings.intake_url or self.own.url}/api/v1/intake/facts"
        body = {"person_ref": person_ref, "type": kind, "data": data, "actor": actor.name, "capacity": actor.acting}
        found: list[str] = (await ask(self.http, self.kit, url, body, key))["event_ids"]
        return found


@dataclass(frozen=True, slots=True)
class Erasures:
    """Deletions that another service has granted."""

    kit: Kit
    own: Address
    http: httpx.AsyncClient

    async def erase(self, person_ref: str, actor: Actor, ground: str) -> None:
        """As `POST /people/{person_ref}/erasure`, in the name of who granted it. Raises Refused, Unavailable."""
        url = f"{self.kit.settings.intake_url or self.own.url}/api/v1/people/{person_ref}/erasure"
        granted = Actor(actor.name, HUB.role, actor.org, actor.capacity or actor.role)
        headers = {"Authorization": f"Bearer {self.kit.tokens.issue(granted)}"}
        await answered(self.http.post(url, json={"ground": ground}, headers=headers), "erasure")


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """What intake knows of a person, for that person's own copy: a provider signs for people, this hub for itself."""

    kit: Kit
    own: Address
    http: httpx.AsyncClient

    async def read(self, person_ref: str) -> dict[str, Any]:
        """As `GET /people/{person_ref}` answers the person. Raises Refused, Unavailable."""
        url = f"{self.kit.settings.intake_url or self.own.url}/api/v1/people/copies"
        return await ask(self.http, self.kit, url, {"person_ref": person_ref}, None)


@dataclass(frozen=True, slots=True)
class WalkIns:
    """Walk-ins that intake has matched, where handover runs in another process."""

    kit: Kit
    http: httpx.AsyncClient

    async def report(self, person_ref: str, actor: Actor, data: dict[str, Any], key: str | None) -> str:
        """The handover that the report opened or met, the same one for the same `key`. Raises Refused, Unavailable."""
        if self.kit.settings.handover_url is None:
            raise Unavailable("JIELI_HANDOVER_URL")
        body = {"person_ref": person_ref, "data": data, "actor": actor.name, "role": actor.role, "org": actor.org}
        url = f"{self.kit.settings.handover_url}/api/v1/handovers/walk-ins"
        return str((await ask(self.http, self.kit, url, body | {"capacity": actor.capacity}, key))["handover_id"])


@dataclass(frozen=True, slots=True)
class Standings:
    """What readers are to a person, where handover runs in another process."""

    kit: Kit
    http: httpx.AsyncClient

    async def ask(self, person_ref: str, actor: Actor) -> dict[str, Any]:
        """As `standing.told`. Raises Refused, Unavailable."""
        if self.kit.settings.handover_url is None:
            raise Unavailable("JIELI_HANDOVER_URL")
        body = {"person_ref": person_ref, "actor": actor.name, "role": actor.role, "org": actor.org}
        url = f"{self.kit.settings.handover_url}/api/v1/handovers/standings"
        return await ask(self.http, self.kit, url, body, None)


@dataclass(frozen=True, slots=True)
class Histories:
    """What handovers say of a record's end, where handover runs in another process."""

    kit: Kit
    http: httpx.AsyncClient

    async def ask(self, person_ref: str) -> dict[str, Any]:
        """As `history.told`. Raises Refused, Unavailable."""
        if self.kit.settings.handover_url is None:
            raise Unavailable("JIELI_HANDOVER_URL")
        url = f"{self.kit.settings.handover_url}/api/v1/handovers/histories"
        return await ask(self.http, self.kit, url, {"person_ref": person_ref}, None)


async def ask(http: httpx.AsyncClient, kit: Kit, url: str, body: dict[str, Any], key: str | None) -> dict[str, Any]:
    """The other service's answer to a post in the hub's own name. Raises Refused with its code, Unavailable."""
    headers = {"Authorization": f"Bearer {kit.tokens.issue(HUB)}"} | ({"Idempotency-Key": key} if key else {})
    return await answered(http.post(url, json=body, headers=headers), url.rpartition("/")[2])


async def answered(asking: Awaitable[httpx.Response], what: str) -> dict[str, Any]:
    """The body of an answer. Raises Refused with its code, Unavailable."""
    try:
        answer = await asking
    except httpx.TransportError as error:
        raise Unavailable(what) from error
    if answer.is_error:
        raise Refused(answer.json().get("code", "unavailable"), status=answer.status_code)
    found: dict[str, Any] = answer.json()
    return found


@dataclass(frozen=True, slots=True)
class ClockMoved:
    """The virtual clock was set: remember it, wake whoever waits for an instant."""

    kit: Kit

    async def tell(self) -> None:
        """Called after every move."""
        if self.kit.settings.data:
            remember(self.kit.settings.data, self.kit.clock.now())
        for service in self.kit.services:
            if service.deadlines:
                service.deadlines.wake()
