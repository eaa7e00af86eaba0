"""Erasures redone in stores that were restored from before them: here at once, elsewhere by the fact told anew."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from schemas.base import Event
from schemas.privacy import RecordDeleted
from services.intake import erasing, forgetting
from services.intake.app import SOURCE
from services.intake.domain.record import STREAM, folded
from services.intake.streams import append_last
from services.kernel import deadlines
from services.kernel.clock import VirtualClock
from services.kernel.db import Connection
from services.kernel.errors import SetAside
from services.kernel.ids import RandomIds
from services.kernel.store import Cause, Draft, Store

GROUND: Final = "RESTORED"
KNOWN: Final = "select exists (select from events where stream_id = 'person-' || $1)"


class NothingSealed:
    """For facts without sealed fields, where no key is at hand: what is clear and should not be is refused."""

    async def seal(self, event: Event, event_id: str) -> bytes:  # noqa: ARG002 - the shape of Sealer
        """The payload; ClearTextLeak where a field of it should be sealed."""
        return event.model_dump_json().encode()

    async def open(self, event: Event, envelope_id: str) -> Event:  # noqa: ARG002 - the shape of Sealer
        """Never: SetAside("SEALED")."""
        raise SetAside("SEALED")

    async def tag(self, person_ref: str, text: str) -> str:  # noqa: ARG002 - the shape of Sealer
        """Never: SetAside("SEALED")."""
        raise SetAside("SEALED")


async def erase_again(db: Connection, log: Path) -> int:
    """Everything in the log, in the caller's transaction on intake's schema; gives how many.

    Key and identity are gone with it. Handovers and timelines forget the person when the hub runs, by the fact that
    stands in intake's store from now on.
    """
    erased = erasing.written_down(log)
    for person_ref, at in erased.items():
        await erasing.erase(db, person_ref)
        await forgetting.forget(db, person_ref)
        await deadlines.stop(db, STREAM + person_ref)
        await _tell(db, person_ref, at)
    return len(erased)


async def _tell(db: Connection, person_ref: str, at: datetime) -> None:
    """Of somebody whom these stores know, and whose erasure they do not know."""
    clock = VirtualClock(at)
    store = Store(source=SOURCE, clock=clock, ids=RandomIds(clock), seal=NothingSealed(), wake=lambda: None)
    stream = STREAM + person_ref
    known = folded(row.event() for row in await store.load(db, stream))
    if known.facet != "DELETED" and await db.fetchval(KNOWN, person_ref):
        event = RecordDeleted(person_ref=person_ref, ground=GROUND, org_id=known.org or None)
        await append_last(db, store, stream, person_ref, [Draft(event, at, Cause())])
