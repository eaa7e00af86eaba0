"""The ledger of disclosures: a row before the answer leaves, a recall once the consent behind a row is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.base import Event
from schemas.groups import Group
from schemas.intake import ConsentWithdrawn
from schemas.privacy import DisclosureMade, RecallIssued, RecordAccessed
from services.intake.domain.consents import ALL
from services.intake.streams import append_last
from services.kernel.db import Connection
from services.kernel.ids import Ids
from services.kernel.store import Cause, Draft, Store
from services.kernel.tokens import Actor

STREAM: Final = "disclosure-"
CONSENT: Final = "CONSENT:"
WITHDRAWN: Final = "CONSENT_WITHDRAWN"
IN_ERROR: Final = "ENTERED_IN_ERROR"
STATUTE: Final = "STATUTE:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an answer gives: to whom, about whom, why, which groups on which basis."""

    actor: Actor
    person_ref: str
    purpose: str
    groups: Mapping[Group, str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes the ledger. Every method runs inside the caller's transaction."""

    store: Store
    ids: Ids

    async def enter(self, db: Connection, shown: Shown, now: datetime) -> None:
        """One row for the access, and one per basis for what an organisation learned by it."""
        access = Draft(_access(shown), now, _cause(shown), self.ids.new())
        made = [Draft(event, now, _cause(shown, event.basis)) for event in _disclosures(shown, str(access.id), now)]
        await self._append(db, shown.person_ref, [access, *made])

    async def recall(self, db: Connection, withdrawn: ConsentWithdrawn, cause: Cause, now: datetime) -> None:
        """Ask every recipient to forget what they learned on the withdrawn consent; once for each row."""
        rows = await self._standing(db, withdrawn.person_ref)
        drafts = [
            Draft(_recall(event_id, made, WITHDRAWN), now, cause)
            for event_id, made in rows.items()
            if _rests_on(made, withdrawn)
        ]
        await self._append(db, withdrawn.person_ref, drafts)

    async def recall_all(self, db: Connection, person_ref: str, cause: Cause, now: datetime) -> None:
        """Ask every recipient to forget all that they learned: the record was entered in error (X-29)."""
        rows = await self._standing(db, person_ref)
        drafts = [Draft(_recall(event_id, made, IN_ERROR), now, cause) for event_id, made in rows.items()]
        await self._append(db, person_ref, drafts)

    async def recall_ended(self, db: Connection, person_ref: str, reason: str, cause: Cause, now: datetime) -> None:
        """Ask whoever learned by consent or agreement to forget it: the record was sealed or deleted.

        What a statute made known stays with the organ that has to keep it (specification P-19).
        """
        rows = await self._standing(db, person_ref)
        told = {event_id: made for event_id, made in rows.items() if not made.basis.startswith(STATUTE)}
        drafts = [Draft(_recall(event_id, made, reason), now, cause) for event_id, made in told.items()]
        await self._append(db, person_ref, drafts)

    async def _standing(self, db: Connection, person_ref: str) -> dict[str, DisclosureMade]:
        """The rows that nobody has been asked to forget yet, by event id."""
        told = {row.event_id: row.event() for row in await self.store.load(db, STREAM + person_ref)}
        recalled = {event.original_event_id for event in told.values() if isinstance(event, RecallIssued)}
        made = {event_id: event for event_id, event in told.items() if isinstance(event, DisclosureMade)}
        return {event_id: event for event_id, event in made.items() if event_id not in recalled}

    async def _append(self, db: Connection, person_ref: str, drafts: list[Draft]) -> None:
        if drafts:
            await append_last(db, self.store, STREAM + person_ref, person_ref, drafts)


def _access(shown: Shown) -> Event:
    return RecordAccessed(
        person_ref=shown.person_ref,
        actor=shown.actor.name,
        capacity=shown.actor.acting,
        purpose=shown.purpose,
        groups=tuple(shown.groups),
        org_id=shown.actor.org or None,
    )


def _disclosures(shown: Shown, access_id: str, now: datetime) -> Iterable[DisclosureMade]:
    """An operator without an organisation reads for the hub itself: nobody else learned anything."""
    for basis in dict.fromkeys(shown.groups.values()) if shown.actor.org else ():
        groups = tuple(group for group, on in shown.groups.items() if on == basis)
        yield DisclosureMade(
            person_ref=shown.person_ref,
            recipient=shown.actor.org,
            field_groups=groups,
            basis=basis,
            event_id=access_id,
            at=now,
        )


def _cause(shown: Shown, basis: str | None = None) -> Cause:
    actor = shown.actor
    return Cause(actor_ref=actor.name, capacity=actor.acting, legal_basis=basis, purpose=shown.purpose)


def _rests_on(made: DisclosureMade, withdrawn: ConsentWithdrawn) -> bool:
    number = made.basis.removeprefix(CONSENT)
    return number != made.basis and withdrawn.consent_id in {number, ALL}


def _recall(event_id: str, made: DisclosureMade, reason: str) -> RecallIssued:
    return RecallIssued(person_ref=made.person_ref, original_event_id=event_id, recipient=made.recipient, reason=reason)
