from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.envelope import BadEnvelope, Envelope, attributes, from_headers, to_headers

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECRET = "planted-value"
ENVELOPE = Envelope(
    id="01A",
    source="jieli/intake",
    type="cn.aftercare.intake.PersonReleased.v1",
    time=NOW,
    recordedtime=NOW,
    subject="p",
    dataschema="urn:aftercare:schema:x",
    partitionkey="p",
    sequence=3,
    piiclass="P3",
    stream="person-p",
    traceparent="00-aa-bb-01",
)
KEY = b"p"


def headers(**changes: bytes | None) -> list[tuple[str, bytes | None]]:
    said: dict[str, bytes | None] = dict(to_headers(ENVELOPE))
    return list((said | {name.replace("__", "-"): value for name, value in changes.items()}).items())


def without(name: str) -> list[tuple[str, bytes | None]]:
    return [(header, value) for header, value in headers() if header != name]


def test_attributes_travel_as_headers_and_the_trace_under_its_own_name() -> None:
    said = dict(to_headers(ENVELOPE))
    assert said["ce_specversion"] == b"1.0"
    assert said["content-type"] == b"application/json"
    assert said["ce_partitionkey"] == b"p"
    assert said["traceparent"] == b"00-aa-bb-01"
    assert "ce_traceparent" not in said
    assert "ce_srcseq" not in said


def test_what_was_written_is_read() -> None:
    assert from_headers(to_headers(ENVELOPE), KEY) == ENVELOPE


def test_unknown_attributes_and_foreign_headers_are_ignored() -> None:
    more: list[tuple[str, bytes | None]] = [*headers(ce_weather=b"sunny"), ("retry", None), ("odd", b"\xff")]
    assert from_headers(more, KEY) == ENVELOPE


def test_a_missing_partition_key_is_the_record_key() -> None:
    assert from_headers(without("ce_partitionkey"), KEY) == ENVELOPE


@pytest.mark.parametrize(
    ("broken", "key", "code", "field"),
    [
        (headers(ce_id=None), KEY, "header_null", "ce_id"),
        (headers(ce_weather=None), KEY, "header_null", "unknown"),
        (headers(ce_subject=b"\xff\xfe"), KEY, "header_not_utf8", "ce_subject"),
        ([*headers(), ("ce_id", SECRET.encode())], KEY, "header_duplicate", "ce_id"),
        (without("ce_type"), KEY, "header_missing", "ce_type"),
        (without("ce_stream"), KEY, "header_missing", "ce_stream"),
        (without("ce_specversion"), KEY, "header_missing", "ce_specversion"),
        (headers(ce_specversion=b"0.3"), KEY, "specversion_unknown", "ce_specversion"),
        (headers(content__type=b"text/planted-value"), KEY, "content_type_unknown", "content-type"),
        (headers(ce_time=SECRET.encode()), KEY, "header_invalid", "ce_time"),
        (headers(ce_time=b"2026-03-02T10:00:00"), KEY, "header_invalid", "ce_time"),
        (headers(ce_sequence=SECRET.encode()), KEY, "header_invalid", "ce_sequence"),
        (headers(ce_piiclass=SECRET.encode()), KEY, "header_invalid", "ce_piiclass"),
        (headers(), None, "key_missing", "key"),
        (headers(), b"\xff", "key_not_utf8", "key"),
        (headers(), SECRET.encode(), "key_mismatch", "key"),
    ],
)
def test_a_broken_header_is_named_but_its_value_is_not(
    broken: list[tuple[str, bytes | None]], key: bytes | None, code: str, field: str
) -> None:
    with pytest.raises(BadEnvelope) as caught:
        from_headers(broken, key)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert SECRET not in str(caught.value)


def test_anybodys_message_is_read_attribute_by_attribute() -> None:
    sent: list[tuple[str, bytes | None]] = [("ce_specversion", b"1.0"), ("CE_id", b"m-1"), ("ce_type", "通知".encode())]
    assert attributes(sent) == {"id": "m-1", "type": "通知"}
