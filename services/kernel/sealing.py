"""Sealing of P3 fields and P2 records under the person's own key, bound to place and person."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from pydantic_core import to_jsonable_python

from schemas.base import Event
from schemas.sealed import Clear, ClearTextLeak, Token, sealed_values, with_sealed
from services.kernel.ciphers import CIPHERS, NONCE_BYTES, Aead, Alg
from services.kernel.db import Connection, Pool, transaction
from services.kernel.errors import Poison
from services.kernel.hub_keys import hub_key
from services.kernel.kek import FileKek, Kek
from services.kernel.person_keys import CACHED, VAULT_MIGRATIONS, PersonKey, PersonKeys
from services.kernel.sealed_keys import Keys, OneKey, SealedKeys

__all__ = ["VAULT_MIGRATIONS", "FileKek", "Kek", "KeyRing", "Opener"]

PADDED_TO: Final = 64  # bytes; without it the length of a ciphertext tells ATTENDED from REFUSED
FORMS: Final[dict[Alg, bytes]] = {"A256GCM": b"\x01", "SM4GCM": b"\x02"}
SUITES: Final[dict[bytes, Alg]] = {form: alg for alg, form in FORMS.items()}
INDEX: Final = "blind index v1"
CHAIN: Final = "audit chain v1"


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's own keys: to find people by, and to chain the stores with."""

    index: bytes
    chain: bytes


class Opener:
    """Opens what was sealed for a person, with the keys that it is given."""

    def __init__(self, keys: Keys) -> None:
        self._open = keys

    async def open(self, event: Event, envelope_id: str) -> Event:
        """The same event with its tokens clear; `envelope_id`: the id it was recorded under."""
        if not _holds(event, Token):
            return event
        key = await self._open.to_read(_person(event))
        return with_sealed(event, lambda path, value: _clear(key, _aad(event, envelope_id, path), value))

    async def open_bytes(self, context: str, person_ref: str, sealed: bytes) -> bytes:
        """What `seal_bytes` took, for the same context and person. Raises Poison for any other."""
        key = await self._open.to_read(person_ref)
        if sealed[:1] not in SUITES:
            raise Poison("seal_unknown")
        aead, start = key.aead(SUITES[sealed[:1]]), 1 + NONCE_BYTES
        return _decrypted(aead, sealed[1:start], sealed[start:], _record_aad(context, person_ref))


class KeyRing(Opener):
    """The hub's Sealer. What it seals it seals with `alg`; it opens every suite.

    Raises SetAside("SEALED") for a person whose key was sealed or erased, Poison for what nobody can ever open.
    """

    def __init__(self, pool: Pool, keys: PersonKeys, sealed: SealedKeys, own: HubKeys, alg: Alg) -> None:
        super().__init__(keys)
        self._pool = pool
        self._keys = keys
        self._sealed = sealed
        self._own = own
        self._alg: Alg = alg
        self.listen, self.forget = keys.listen, keys.forget

    @classmethod
    async def over(
        cls, pool: Pool, kek: Kek, *, alg: Alg = "A256GCM", cached: int = CACHED, kept: bool = True
    ) -> KeyRing:
        """The ring of a vault. `pool`: over schema `vault`, migrated with VAULT_MIGRATIONS; `kept` as in hub_key."""
        index, chain = [await hub_key(pool, kek, name, kept=kept) for name in (INDEX, CHAIN)]
        keys, sealed = PersonKeys(pool, kek, cached=cached), SealedKeys(pool, kek)
        return cls(pool, keys, sealed, HubKeys(index, chain), alg)

    async def seal(self, event: Event, event_id: str) -> bytes:
        """The payload as JSON: clear fields become tokens, tokens stay; no key is used if nothing is clear."""
        if not _holds(event, Clear):
            return event.model_dump_json().encode()
        key = await self._keys.to_write(_person(event))
        sealed = with_sealed(event, lambda path, value: _sealed(key, self._alg, _aad(event, event_id, path), value))
        return sealed.model_dump_json().encode()

    async def tag(self, person_ref: str, text: str) -> str:
        """A keyed hash of the text under the person's key: equal for equal texts, meaningless once the key is gone."""
        key = await self._keys.to_write(person_ref)
        return _base64url(hmac.digest(key.tagging, text.encode(), hashlib.sha256))

    async def seal_bytes(self, context: str, person_ref: str, clear: bytes) -> bytes:
        """A record of the vault, sealed under the person's key and bound to `context` (table, row, purpose)."""
        key = await self._keys.to_write(person_ref)
        nonce = os.urandom(NONCE_BYTES)
        sealed = key.aead(self._alg).encrypt(nonce, clear, _record_aad(context, person_ref))
        return FORMS[self._alg] + nonce + sealed

    async def erase(self, person_ref: str, db: Connection | None = None) -> None:
        """Destroy the person's key: every sealed copy everywhere becomes unreadable, and no new key is ever made.

        `db`: the caller's transaction on schema `vault`; without one the erasure has its own.
        """
        if db is not None:
            await self._keys.erase(db, person_ref)
            return
        async with transaction(self._pool) as own:
            await self._keys.erase(own, person_ref)

    async def seal_away(self, db: Connection, person_ref: str, now: datetime) -> str:
        """Move the person's key to the sealed ones, in the caller's transaction; gives its kid.

        Nothing opens with it any more but `reopened`. Raises SetAside("SEALED") if it is sealed or erased already.
        """
        kid = await self._sealed.seal(db, person_ref, now)
        self.forget(person_ref)
        return kid

    async def reopened(self, db: Connection, person_ref: str) -> Opener:
        """Opens this one sealed record, for a lawful read. Raises SetAside("SEALED") where its key is gone."""
        return Opener(OneKey(person_ref, await self._sealed.reopened(db, person_ref)))

    def blind_index(self, text: str) -> str:
        """A keyed hash for finding a person by an identifier; the same on every process that has the KEK."""
        return _base64url(hmac.digest(self._own.index, text.encode(), hashlib.sha256))

    def chained(self, said: bytes) -> bytes:
        """A keyed hash for the chains over the stores: who has the database alone can make none."""
        return hmac.digest(self._own.chain, said, hashlib.sha256)


def _holds(event: Event, kind: type[Clear[Any] | Token]) -> bool:
    return any(isinstance(value, kind) for value in sealed_values(event))


def _person(event: Event) -> str:
    person = getattr(event, "person_ref", None)
    if not person:
        raise ClearTextLeak
    return str(person)


def _aad(event: Event, event_id: str, path: str) -> bytes:
    """`event_id|type|field|person_ref`. The type is without its version: an upcast event still opens."""
    return f"{event_id}|{event.wire.rpartition('.')[0]}|{path}|{_person(event)}".encode()


def _record_aad(context: str, person_ref: str) -> bytes:
    return f"record|{context}|{person_ref}".encode()


def _sealed(key: PersonKey, alg: Alg, aad: bytes, value: Clear[Any] | Token) -> Token:
    if isinstance(value, Token):
        return value
    text = json.dumps(to_jsonable_python(value.value), ensure_ascii=False, separators=(",", ":")).encode()
    nonce = os.urandom(NONCE_BYTES)
    ct = key.aead(alg).encrypt(nonce, text.ljust(-(-len(text) // PADDED_TO) * PADDED_TO), aad)
    return Token(v=1, alg=alg, kid=key.kid, nonce=_base64url(nonce), ct=_base64url(ct))


def _clear(key: PersonKey, aad: bytes, value: Clear[Any] | Token) -> Clear[Any]:
    if isinstance(value, Clear):
        return value
    if value.kid != key.kid:
        raise Poison("key_unknown")
    alg = next((alg for alg in CIPHERS if alg == value.alg), None)
    if alg is None:
        raise Poison("seal_unknown")
    return Clear(json.loads(_decrypted(key.aead(alg), _bytes(value.nonce), _bytes(value.ct), aad)))


def _decrypted(aead: Aead, nonce: bytes, ct: bytes, aad: bytes) -> bytes:
    try:
        return aead.decrypt(nonce, ct, aad)
    except (InvalidTag, ValueError):
        raise Poison("seal_broken") from None


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Poison("seal_broken") from None
