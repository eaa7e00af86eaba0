"""The identity vault: the only place that knows who a pseudonym is, and the only code that reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from services.intake.domain.notice import Identity
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.ids import Ids

BY_IDENTITY = "identity"
FIND = "select person_ref from vault.identities where blind_index = $1"
ENTER = """
    insert into vault.identities (person_ref, blind_index, sealed, updated_at)
    values ($1, $2, $3, $4)
    on conflict (blind_index) do nothing
    returning person_ref
"""
REPLACE = "update vault.identities set sealed = $2, updated_at = $3 where person_ref = $1"
OPEN = "select sealed from vault.identities where person_ref = $1"

HOLD_PLACE = """
    select pg_advisory_xact_lock(hashtextextended('notice|' || $2 || '|' || blind_index, 0))
    from vault.identities where person_ref = $1
"""
HOLD = "select true from vault.identities where person_ref = $1 for update"

LOCK_AWAY = """
    with gone as (delete from vault.identities where person_ref = $1 returning person_ref, sealed)
    insert into vault.sealed_identities (person_ref, sealed, org_id, sealed_at)
    select person_ref, sealed, $2, $3 from gone
"""
OPEN_SEALED = "select sealed from vault.sealed_identities where person_ref = $1"

CONTEXT = "vault.identities"


class Reader(Protocol):
    """Opens records sealed under a person's key."""

    async def open_bytes(self, context: str, person_ref: str, sealed: bytes) -> bytes: ...


class Locker(Reader, Protocol):
    """Seals records under a person's key too, and hashes identifiers with the hub's key."""

    async def seal_bytes(self, context: str, person_ref: str, clear: bytes) -> bytes: ...

    def blind_index(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Vault:
    """Identities by pseudonym. Every method runs inside the caller's transaction."""

    locker: Locker
    ids: Ids
    clock: Clock

    async def find(self, db: Connection, resident_id: str) -> str | None:
        """The pseudonym of a normalised resident number, or None."""
        found: str | None = await db.fetchval(FIND, self.index(resident_id)) if resident_id else None
        return found

    async def enter(self, db: Connection, identity: Identity) -> tuple[str, bool]:
        """The pseudonym of a person and whether it is new. Without a number everybody is new: nothing is guessed."""
        known = await self.find(db, identity.resident_id)
        return (known, False) if known else await self.register(db, identity)

    async def register(self, db: Connection, identity: Identity) -> tuple[str, bool]:
        """The same for somebody whom `find` did not know; not new where another transaction was faster."""
        person_ref = self.ids.new()
        index = self.index(identity.resident_id) if identity.resident_id else None
        sealed = await self._sealed(person_ref, identity)
        if await db.fetchval(ENTER, person_ref, index, sealed, self.clock.now()):
            return person_ref, True
        faster = await self.find(db, identity.resident_id)
        return faster or person_ref, False

    async def update(self, db: Connection, person_ref: str, identity: Identity) -> None:
        """The newest word about a person replaces the former."""
        await db.execute(REPLACE, person_ref, await self._sealed(person_ref, identity), self.clock.now())

    async def read(self, db: Connection, person_ref: str) -> Identity:
        """Who it is. Raises SetAside("SEALED") once the person's key is sealed or erased."""
        return await _opened(self.locker, person_ref, await db.fetchval(OPEN, person_ref))

    async def lock_away(self, db: Connection, person_ref: str, org: str) -> None:
        """Nobody finds the person by number any more; the same number is somebody new from now on."""
        await db.execute(LOCK_AWAY, person_ref, org, self.clock.now())

    async def read_sealed(self, db: Connection, person_ref: str, reader: Reader) -> Identity:
        """Who a sealed record is about, with its own key: for a lawful read alone."""
        return await _opened(reader, person_ref, await db.fetchval(OPEN_SEALED, person_ref))

    def digest(self, content: bytes) -> str:
        """A keyed hash of content that may name people: equal for equal, meaningless to everybody else."""
        return self.locker.blind_index("content|" + content.decode())

    def index(self, resident_id: str) -> str:
        """The keyed hash that a person is found by."""
        return self.locker.blind_index("resident_id|" + resident_id)

    def place(self, identity: Identity) -> tuple[str, str]:
        """Where facts wait for a person, and what the lock of all that is said about them is called."""
        return BY_IDENTITY, self.index(identity.resident_id)

    async def hold(self, db: Connection, person_ref: str) -> bool:
        """Whether the person is known; if so, whoever has found them is done, and nobody finds them until the end."""
        await db.execute(HOLD_PLACE, person_ref, BY_IDENTITY)
        return bool(await db.fetchval(HOLD, person_ref))

    async def _sealed(self, person_ref: str, identity: Identity) -> bytes:
        clear = json.dumps(asdict(identity), ensure_ascii=False).encode()
        return await self.locker.seal_bytes(CONTEXT, person_ref, clear)


async def _opened(reader: Reader, person_ref: str, sealed: bytes) -> Identity:
    return Identity(**json.loads(await reader.open_bytes(CONTEXT, person_ref, sealed)))
