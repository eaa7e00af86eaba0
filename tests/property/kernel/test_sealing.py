from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schemas.base import Event
from schemas.export import schema_of
from schemas.registry import EVENTS, load
from schemas.sealed import Token, sealed_fields, sealed_values
from services.kernel.errors import Poison
from services.kernel.person_keys import PersonKeys
from services.kernel.sealed_keys import SealedKeys
from services.kernel.sealing import HubKeys, KeyRing
from tests.property.schemas.payloads import payloads

SEALING = [event for event in EVENTS.values() if sealed_fields(event)]
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
EVENT_ID = "01EVENT"
WITNESS = "合成甲0001-witness"


class OneKek:
    """A KEK that wraps nothing: what rests in the vault is not under test here."""

    kid = "test"

    def wrap(self, key: bytes, context: bytes) -> tuple[str, bytes]:  # noqa: ARG002 - the shape of Kek
        return self.kid, key

    def unwrap(self, kid: str, wrapped: bytes, context: bytes) -> bytes:  # noqa: ARG002 - the shape of Kek
        return wrapped

    def derive(self, label: str) -> bytes:
        return label.encode().ljust(32, b".")

    def rotate(self) -> str:
        return self.kid


class MemoryVault:
    """The two queries of the key table that sealing needs, on a dict."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    async def fetchrow(self, query: str, person_ref: str, *values: Any) -> dict[str, Any] | None:  # noqa: ANN401 - as asyncpg
        if "insert" in query:
            kid, wrapped, by = values
            minted = {"kid": kid, "wrapped": wrapped, "wrapped_by": by, "state": "active"}
            self.rows.setdefault(person_ref, minted)
        return self.rows.get(person_ref)


def ring(vault: MemoryVault | None = None) -> KeyRing:
    keys = PersonKeys(vault or MemoryVault(), OneKek())  # type: ignore[arg-type]
    sealed = SealedKeys(None, OneKek())  # type: ignore[arg-type]
    return KeyRing(None, keys, sealed, HubKeys(b"i" * 32, b"c" * 32), "A256GCM")  # type: ignore[arg-type]


def drawn(data: st.DataObject, event: type[Event]) -> Event:
    """An event with at least one sealed field that is set."""
    found = load(event.wire, data.draw(payloads(schema_of(event), clear=True)))
    assume(any(sealed_values(found)))
    return found


@pytest.mark.parametrize("event", SEALING, ids=lambda event: event.__name__)
@QUICK
@given(data=st.data())
def test_what_was_sealed_opens_to_what_it_was(event: type[Event], data: st.DataObject) -> None:
    async def story() -> None:
        keys, clear = ring(), drawn(data, event)
        sealed = load(event.wire, json.loads(await keys.seal(clear, EVENT_ID)))
        assert all(isinstance(value, Token) for value in sealed_values(sealed))
        assert await keys.open(sealed, EVENT_ID) == clear

    asyncio.run(story())


@pytest.mark.parametrize("event", SEALING, ids=lambda event: event.__name__)
@QUICK
@given(data=st.data())
def test_a_seal_moved_to_another_event_person_or_type_does_not_open(event: type[Event], data: st.DataObject) -> None:
    async def story() -> None:
        vault = MemoryVault()
        keys = ring(vault)
        sealed = load(event.wire, json.loads(await keys.seal(drawn(data, event), EVENT_ID)))
        person = sealed.model_dump()["person_ref"]
        stranger = person[:-1] + ("x" if person[-1] != "x" else "y")
        vault.rows[stranger] = vault.rows[person]  # the same key, so that only the binding refuses
        with pytest.raises(Poison):
            await keys.open(sealed, EVENT_ID + "X")
        with pytest.raises(Poison):
            await keys.open(sealed.model_copy(update={"person_ref": stranger}), EVENT_ID)
        with pytest.raises(Poison):
            await keys.open(_as_another_type(sealed), EVENT_ID)

    asyncio.run(story())


@pytest.mark.parametrize("name", ["period", "satisfaction"])
def test_a_seal_moved_to_another_field_does_not_open(name: str) -> None:
    async def story() -> None:
        keys = ring()
        event = load(
            "cn.aftercare.casework.ServiceEvaluationFiled.v1", {"person_ref": "p", "period": "Q1", "satisfaction": 3}
        )
        data = json.loads(await keys.seal(event, EVENT_ID))
        data["period"], data["satisfaction"] = data["satisfaction"], data["period"]
        other = load(event.wire, data | {name: None})
        with pytest.raises(Poison):
            await keys.open(other, EVENT_ID)

    asyncio.run(story())


@pytest.mark.parametrize("part", ["nonce", "ct", "kid"])
def test_a_changed_token_does_not_open(part: str) -> None:
    async def story() -> None:
        keys = ring()
        event = load("cn.aftercare.casework.ServiceEvaluationFiled.v1", {"person_ref": "p", "period": "Q1"})
        data: dict[str, Any] = json.loads(await keys.seal(event, EVENT_ID))
        token = data["period"]
        flipped = "A" if token[part][0] != "A" else "B"
        with pytest.raises(Poison):
            await keys.open(load(event.wire, data | {"period": token | {part: flipped + token[part][1:]}}), EVENT_ID)

    asyncio.run(story())


@QUICK
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 2))
def test_no_spelling_of_the_clear_text_is_in_what_is_written(around: str, shift: int) -> None:
    async def story() -> None:
        text = "." * shift + WITNESS + around
        event = load("cn.aftercare.casework.ServiceEvaluationFiled.v1", {"person_ref": "p", "period": text})
        written = await ring().seal(event, EVENT_ID)
        assert [one for one in _spellings(WITNESS) if one in written or one in _decoded(written)] == []

    asyncio.run(story())


def test_codes_of_different_length_are_sealed_to_one_length() -> None:
    async def story() -> None:
        keys, lengths = ring(), set()
        for status in ("ATTENDED", "MISSED_EXCUSED", "MISSED_UNEXCUSED", "REFUSED"):
            data = {"person_ref": "p", "test_id": "1", "status": status}
            event = load("cn.aftercare.casework.TestAttendanceRecorded.v1", data)
            lengths.add(len(json.loads(await keys.seal(event, "1"))["status"]["ct"]))
        assert len(lengths) == 1

    asyncio.run(story())


@QUICK
@given(st.binary(max_size=200))
def test_a_record_opens_for_its_context_and_person_only(clear: bytes) -> None:
    async def story() -> None:
        vault = MemoryVault()
        keys = ring(vault)
        sealed = await keys.seal_bytes("identity/1", "p", clear)
        vault.rows["q"] = vault.rows["p"]
        assert await keys.open_bytes("identity/1", "p", sealed) == clear
        for context, person, record in (
            ("identity/2", "p", sealed),
            ("identity/1", "q", sealed),
            ("identity/1", "p", sealed[:-1]),
            ("identity/1", "p", b"\x02" + sealed[1:]),
            ("identity/1", "p", b""),
        ):
            with pytest.raises(Poison):
                await keys.open_bytes(context, person, record)

    asyncio.run(story())


def _as_another_type(event: Event) -> Event:
    class Other(type(event)):  # type: ignore[misc]
        wire = "cn.aftercare.test.Other.v1"

    return Other.model_validate(dict(event))  # type: ignore[no-any-return]


def _spellings(text: str) -> list[bytes]:
    """UTF-8, JSON escapes, hex, and base64 of either alphabet at each of its three alignments."""
    raw = text.encode()
    found = [raw, json.dumps(text)[1:-1].encode(), raw.hex().encode(), raw.hex().upper().encode()]
    for skip in range(3):
        whole = raw[skip : skip + (len(raw) - skip) // 3 * 3]
        found += [base64.b64encode(whole), base64.urlsafe_b64encode(whole)]
    return found


def _decoded(written: bytes) -> bytes:
    token = json.loads(written)["period"]
    return b"".join(base64.urlsafe_b64decode(token[part] + "==") for part in ("nonce", "ct"))
