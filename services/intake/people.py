"""The one door to who a person is: the groups that the asker may see, on record before they leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Event
from schemas.groups import Group, groups_of
from services.intake.desk import Desk
from services.intake.disclosing import CONSENT, Ledger, Shown
from services.intake.domain import consents
from services.intake.granted import KNOWN_PERSON
from services.intake.person_record import of_facts, of_identity
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import Refused, RetryTransaction, SetAside, Unavailable
from services.kernel.http import REVEALS, Actor, Asker, only_for
from services.kernel.sealing import KeyRing
from services.kernel.store import Recorded
from services.reference.disclosure import Matrix, Sight, Standing, shipped_matrix
from services.reference.masks import disclosed

PORT: Final = "standing"
"""`ports["standing"](person_ref, actor) -> recipient, stage, grounds, basis`: handover knows who has which part."""
IN_VAULT: Final[frozenset[Group]] = frozenset({"F2", "F3", "F4", "F5", "F6", "F20"})
REFERENCE: Final = "F1"
OWN: Final = "PERSON"
HUB: Final = "HUB"
AFTERCARE: Final = "AFTERCARE"
Purpose = Annotated[str, Query(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]


class Wanted(BaseModel):
    """Whose record a copy is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person_ref: str = Field(min_length=1, max_length=64)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Who asks about whom, and why."""

    person_ref: str
    actor: Actor
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody sees of a person now; `by_consent`: groups that count by a consent, with its number."""

    standing: Standing
    sight: Sight
    by_consent: Mapping[Group, str]
    facts: Sequence[Recorded]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Answers who a person is. `ports` is filled by the composition, maybe after this was built."""

    pool: Pool
    desk: Desk
    keyring: KeyRing
    ledger: Ledger
    ports: Mapping[str, Callable[..., Awaitable[Any]]]
    matrix: Matrix

    async def groups(self, inquiry: Inquiry) -> list[Group]:
        """The exact groups that this asker sees now; none of a person who is unknown or none of their business."""
        standing = await self._standing(inquiry)
        async with self.pool.acquire() as db:
            seen = await self._seen(db, inquiry, standing)
        return sorted(seen.sight if seen else (), key=lambda group: int(group[1:]))

    async def record(self, inquiry: Inquiry) -> dict[str, Any]:
        """The disclosed groups with their fields. Refused(not_found), the same for unknown, sealed and forbidden."""
        standing = await self._standing(inquiry)

        async def work(db: Connection) -> dict[str, Any]:
            seen = await self._seen(db, inquiry, standing)
            if seen is None:
                raise Refused("not_found", status=404)
            shown = disclosed(await self._all(db, inquiry, seen), seen.sight)
            await self._note(db, inquiry, seen, [group for group, fields in shown.items() if fields])
            return {"stage": seen.standing.stage, "groups": shown}

        try:
            return await retrying(self.pool, work)
        except SetAside:
            raise Refused("not_found", status=404) from None

    async def _standing(self, inquiry: Inquiry) -> Standing | None:
        """A person is their own whatever handovers there are; of everybody else handover knows."""
        actor = inquiry.actor
        if actor.role == OWN:
            return Standing(OWN, "accepted") if inquiry.person_ref == actor.name else None
        port = self.ports.get(PORT)
        if port is None:
            raise Unavailable("handover")
        told = await port(inquiry.person_ref, actor)
        if not told:
            return None
        return Standing(told["recipient"], told["stage"], frozenset(told["grounds"]), basis=told["basis"])

    async def _seen(self, db: Connection, inquiry: Inquiry, standing: Standing | None) -> Seen | None:
        if standing is None or not await db.fetchval(KNOWN_PERSON, inquiry.person_ref):
            return None
        facts = await self.desk.store.load(db, f"person-{inquiry.person_ref}")
        given = consents.folded(each.event() for each in facts).values()
        allowed = consents.towards(given, inquiry.actor.org, self.desk.clock.now())
        whole = replace(standing, consented=frozenset(allowed))
        sight, counting = self.matrix.sight(whole), self.matrix.by_consent(whole)
        by_consent = {group: number for group, number in allowed.items() if group in counting}
        return Seen(standing=whole, sight=sight, by_consent=by_consent, facts=facts) if sight else None

    async def _all(self, db: Connection, inquiry: Inquiry, seen: Seen) -> dict[str, Any]:
        """The record as far as this reader may see any of it; nothing else is opened."""
        opened = [await self._opened(each, seen.sight) for each in seen.facts]
        record = of_facts(opened) | {"ref": await self._reference(inquiry, seen.standing)}
        if IN_VAULT & set(seen.sight):
            record |= of_identity(await self.desk.vault.read(db, inquiry.person_ref))
        return record

    async def _opened(self, fact: Recorded, sight: Sight) -> Event:
        event = fact.event()
        return await self.keyring.open(event, fact.event_id) if groups_of(event.name) & set(sight) else event

    async def _reference(self, inquiry: Inquiry, standing: Standing) -> str:
        """Agencies outside get one of their own, so that two of them cannot join what they know."""
        if self.matrix.rows[standing.recipient].pairwise:
            return await agency_ref(self.keyring, inquiry.person_ref, inquiry.actor.org)
        return inquiry.person_ref

    async def _note(self, db: Connection, inquiry: Inquiry, seen: Seen, groups: Sequence[Group]) -> None:
        """On record what leaves. Raises RetryTransaction where a consent ended while the answer was made."""
        by = {group: CONSENT + number for group, number in seen.by_consent.items()}
        rests_on: dict[Group, str] = {
            group: by.get(group, seen.standing.basis) for group in groups if group != REFERENCE
        }
        if inquiry.actor.role == OWN or not rests_on:
            return
        entry = Shown(actor=inquiry.actor, person_ref=inquiry.person_ref, purpose=inquiry.purpose, groups=rests_on)
        await self.ledger.enter(db, entry, self.desk.clock.now())
        again = await self._seen(db, inquiry, seen.standing)
        if again is None or again.by_consent != seen.by_consent:
            raise RetryTransaction(inquiry.person_ref)


async def agency_ref(keyring: KeyRing, person_ref: str, org: str) -> str:
    """How one agency knows a person: random-looking, always the same, joinable with no other, gone with the key."""
    return (await keyring.tag(person_ref, f"agency|{org}"))[:26]


def people_routes(people: People) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["people"])

    @router.get(
        "/people/{person_ref}",
        dependencies=[REVEALS],
        summary="按披露矩阵给出本人资料 the groups of a person that the asker may see",
    )
    async def get_person(person_ref: str, actor: Asker, purpose: Purpose = AFTERCARE) -> dict[str, Any]:
        return await people.record(Inquiry(person_ref, actor, purpose))

    @router.post("/people/copies", summary="本人副本所需的资料 what a person's own copy takes, for other services")
    async def post_copy(wanted: Wanted, actor: Asker) -> dict[str, Any]:
        only_for(actor, HUB)
        return await people.record(Inquiry(wanted.person_ref, Actor(wanted.person_ref, OWN, ""), AFTERCARE))

    @router.get("/people/{person_ref}/groups", summary="现在可见的字段组 the groups that the asker would see now")
    async def get_groups(person_ref: str, actor: Asker) -> dict[str, Any]:
        return {"person_ref": person_ref, "groups": await people.groups(Inquiry(person_ref, actor, AFTERCARE))}

    return router


def people_of(pool: Pool, desk: Desk, keyring: KeyRing, ports: Mapping[str, Callable[..., Awaitable[Any]]]) -> People:
    """Wire the door with the shipped matrix."""
    ledger = Ledger(desk.store, desk.ids)
    return People(pool=pool, desk=desk, keyring=keyring, ledger=ledger, ports=ports, matrix=shipped_matrix())
