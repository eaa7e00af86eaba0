"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the payload alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from pydantic import AwareDatetime, ValidationError

from schemas.base import Model, PiiClass

PREFIX: Final = "ce_"
SPECVERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
PLAIN: Final = frozenset({"traceparent"})
"""Attributes that travel under their own name, as tracing tools expect."""


class BadEnvelope(Exception):
    """Headers that cannot be read. Says which header and what is wrong, never what stood there.

    Codes: header_null header_not_utf8 header_duplicate header_missing header_invalid specversion_unknown
    content_type_unknown key_missing key_not_utf8 key_mismatch.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"消息头无法读取。 Unreadable envelope: {code} ({field})")
        self.code = code
        self.field = field


class Envelope(Model):
    """Who says what about whom, when, why, in which order. `stream`, `sequence`: place in the store."""

    id: str
    source: str
    type: str
    time: AwareDatetime
    recordedtime: AwareDatetime
    subject: str
    dataschema: str
    partitionkey: str
    sequence: int
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    srcseq: int | None = None
    actorref: str | None = None
    actingcapacity: str | None = None
    legalbasis: str | None = None
    purpose: str | None = None
    policyversion: str | None = None
    piiclass: PiiClass
    revision: int | None = None
    stream: str


def to_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """All attributes that are set, in the order of the class; the record key is `partitionkey`."""
    return headers_of(envelope.model_dump(mode="json", exclude_none=True))


def headers_of(said: Mapping[str, object]) -> list[tuple[str, bytes]]:
    """The same for attributes by name, as the store keeps them: checked when they were written, so not again."""
    named = ((header, said.get(name)) for name, header in HEADER_OF.items())
    return [*ALWAYS, *((header, str(value).encode()) for header, value in named if value is not None)]


def from_headers(headers: Iterable[tuple[str, bytes | None]], key: bytes | None) -> Envelope:
    """The hub's own envelope; unknown attributes are ignored. `key`: of the record, must be the partitionkey."""
    said = attributes(headers)
    said.setdefault("partitionkey", _key(key))
    if said["partitionkey"] != _key(key):
        raise BadEnvelope("key_mismatch", "key")
    try:
        return Envelope.model_validate({name: text for name, text in said.items() if name in Envelope.model_fields})
    except ValidationError as error:
        raise _first(error) from None


def attributes(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """CloudEvents attributes by name, of anybody's message; checks form, specversion and content type only."""
    said: dict[str, str] = {}
    for header, raw in headers:
        name = _attribute(header)
        if name is None:
            continue
        if name in said:
            raise BadEnvelope("header_duplicate", _shown(header))
        said[name] = _text(_shown(header), raw)
    _check_version(said.pop("specversion", None))
    _check_content(said.pop("content-type", None))
    return said


@lru_cache(maxsize=256)
def _attribute(header: str) -> str | None:
    header = header.lower()
    if header in PLAIN or header == "content-type":
        return header
    if not header.startswith(PREFIX) or header.removeprefix(PREFIX) in PLAIN:
        return None
    return header.removeprefix(PREFIX)


def _shown(header: str) -> str:
    """A header's name as far as we know it: a foreign name may itself be data."""
    return header if (_attribute(header) or "") in KNOWN else "unknown"


def _text(field: str, raw: bytes | None) -> str:
    if raw is None:
        raise BadEnvelope("header_null", field)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadEnvelope("header_not_utf8", field) from None


def _key(key: bytes | None) -> str:
    if key is None:
        raise BadEnvelope("key_missing", "key")
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise BadEnvelope("key_not_utf8", "key") from None


def _check_version(version: str | None) -> None:
    if version is None:
        raise BadEnvelope("header_missing", "ce_specversion")
    if version != SPECVERSION:
        raise BadEnvelope("specversion_unknown", "ce_specversion")


def _check_content(content_type: str | None) -> None:
    if content_type is not None and content_type.partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise BadEnvelope("content_type_unknown", "content-type")


def _first(error: ValidationError) -> BadEnvelope:
    found = error.errors(include_input=False, include_context=False, include_url=False)[0]
    name = str(found["loc"][0])
    code = "header_missing" if found["type"] == "missing" else "header_invalid"
    return BadEnvelope(code, name if name in PLAIN else PREFIX + name)


HEADER_OF: Final = {name: name if name in PLAIN else PREFIX + name for name in Envelope.model_fields}
ALWAYS: Final = ((PREFIX + "specversion", SPECVERSION.encode()), ("content-type", CONTENT_TYPE.encode()))
KNOWN: Final = frozenset(Envelope.model_fields) | {"specversion", "content-type"}
