"""A sealed record read by law: two officials, 24 hours, on record before the first answer (specification §3.8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from schemas.groups import Group
from schemas.privacy import LawfulReadGranted
from services.intake.disclosing import Ledger, Shown
from services.intake.domain.record import READ_FOR, Grant, unknown
from services.intake.orders import Order
from services.intake.person_record import of_facts, of_identity
from services.intake.records import LOCK, Records
from services.intake.signatures import Signature, signed_before
from services.kernel.db import Connection, retrying
from services.kernel.errors import SetAside
from services.kernel.tokens import Actor
from services.reference.disclosure import Matrix, Standing
from services.reference.masks import disclosed

PURPOSE: Final = "LAWFUL_READ"
RECIPIENT: Final = "AUDITOR"


@dataclass(frozen=True, slots=True)
class Request:
    """Why a sealed record is to be read. `untold`: which law forbids that the person is told; empty: they are told."""

    person_ref: str
    ground: str
    document_no: str
    untold: str = ""

    @property
    def hash(self) -> str:
        """The same for the same request, so that two officials sign the same thing."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LawfulReads:
    """Grants and answers lawful reads."""

    records: Records
    matrix: Matrix

    async def sign(self, request: Request, actor: Actor) -> LawfulReadGranted | None:
        """The grant, once a second official has signed the same; None for the first, whatever record there is.

        Refused `two_officials_required` where the same official signs again, `not_found` where two ask for a record
        that is not sealed: one official alone learns nothing.
        """

        async def work(db: Connection) -> LawfulReadGranted | None:
            now = self.records.desk.clock.now()
            await db.execute(LOCK, request.person_ref)
            own = Signature(request.person_ref, request.hash, actor.name)
            first = await signed_before(db, own, now)
            return await self._grant(db, request, actor, first) if first else None

        return await retrying(self.records.pool, work)

    async def record(self, person_ref: str, actor: Actor) -> dict[str, Any]:
        """All that intake knows, in groups, until the grant ends. Refused `not_found` for everybody without one."""

        async def work(db: Connection) -> dict[str, Any]:
            now = self.records.desk.clock.now()
            known = await self.records.read(db, person_ref)
            grant = known.grant_of(actor.name, now)
            if grant is None:
                raise unknown()
            shown = disclosed(await self._opened(db, person_ref), self.matrix.sight(_standing()))
            await self._note(db, actor, person_ref, grant, shown)
            return {"grant_until": grant.until.isoformat(), "groups": shown}

        try:
            return await retrying(self.records.pool, work)
        except SetAside:
            raise unknown() from None

    async def _grant(self, db: Connection, request: Request, actor: Actor, first: str) -> LawfulReadGranted:
        known = await self.records.read(db, request.person_ref)
        if known.facet != "SEALED":
            raise unknown()
        granted = LawfulReadGranted(
            person_ref=request.person_ref,
            ground=request.ground,
            document_no=request.document_no,
            untold=request.untold or None,
            officials=(first, actor.name),
            grant_until=self.records.desk.clock.now() + READ_FOR,
            org_id=known.org or None,
        )
        await self.records.append(db, granted, Order(request.person_ref, actor).cause)
        return granted

    async def _opened(self, db: Connection, person_ref: str) -> dict[str, Any]:
        desk = self.records.desk
        opener = await self.records.keyring.reopened(db, person_ref)
        facts = await desk.store.load(db, f"person-{person_ref}")
        told = of_facts([await opener.open(fact.event(), fact.event_id) for fact in facts])
        return told | {"ref": person_ref} | of_identity(await desk.vault.read_sealed(db, person_ref, opener))

    async def _note(
        self, db: Connection, actor: Actor, person_ref: str, grant: Grant, shown: Mapping[Group, Mapping[str, Any]]
    ) -> None:
        """On record what leaves, before it leaves."""
        groups: dict[Group, str] = {group: f"STATUTE:{grant.ground}"[:200] for group, fields in shown.items() if fields}
        desk = self.records.desk
        entry = Shown(actor=actor, person_ref=person_ref, purpose=PURPOSE, groups=groups)
        await Ledger(desk.store, desk.ids).enter(db, entry, desk.clock.now())


def _standing() -> Standing:
    return Standing(RECIPIENT, "accepted", frozenset({"LAWFUL_READ"}))
