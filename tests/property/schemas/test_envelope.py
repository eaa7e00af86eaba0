from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Envelope, from_headers, to_headers

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
TIMES = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
COUNTS = st.integers(0, 2**53)
VALUE = b'{"note":"x"}'
ENVELOPES = st.builds(
    Envelope,
    id=TEXT,
    source=TEXT,
    type=TEXT,
    time=TIMES,
    recordedtime=TIMES,
    subject=TEXT,
    dataschema=st.just("urn:aftercare:schema:x"),
    partitionkey=TEXT,
    sequence=COUNTS,
    correlationid=st.none() | TEXT,
    causationid=st.none() | TEXT,
    srcseq=st.none() | COUNTS,
    actorref=st.none() | TEXT,
    actingcapacity=st.none() | TEXT,
    legalbasis=st.none() | TEXT,
    purpose=st.none() | TEXT,
    policyversion=st.none() | TEXT,
    piiclass=st.sampled_from(["P0", "P1", "P2", "P3"]),
    revision=st.none() | COUNTS,
    stream=TEXT,
)


@given(ENVELOPES, st.none() | TEXT)
def test_reading_gives_what_was_written(envelope: Envelope, trace: str | None) -> None:
    traced = envelope.model_copy(update={"traceparent": trace})
    assert from_headers(to_headers(traced), traced.partitionkey.encode()) == traced


@given(ENVELOPES)
def test_the_sdk_reads_what_we_write(envelope: Envelope) -> None:
    message = KafkaMessage(headers=dict(to_headers(envelope)), key=envelope.partitionkey.encode(), value=VALUE)
    event = from_binary(message, JSONFormat())
    assert (event.get_id(), event.get_source(), event.get_type()) == (envelope.id, envelope.source, envelope.type)
    assert event.get_time() == envelope.time
    assert event.get_subject() == envelope.subject
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == {"note": "x"}
    extensions = envelope.model_dump(mode="json", exclude_none=True, exclude=CORE)
    assert {name: event.get_extension(name) for name in extensions} == {k: str(v) for k, v in extensions.items()}


@given(ENVELOPES)
def test_we_read_what_the_sdk_writes(envelope: Envelope) -> None:
    said = envelope.model_dump(mode="json", exclude_none=True)
    texts = {name: str(value) for name, value in said.items()} | {"time": envelope.time}
    event = CloudEvent(texts | {"specversion": "1.0", "datacontenttype": "application/json"}, {"note": "x"})
    message = to_binary(event, JSONFormat())
    key = message.key if isinstance(message.key, bytes | None) else message.key.encode()
    assert from_headers(message.headers.items(), key) == envelope


@given(ENVELOPES)
def test_both_write_the_same_headers(envelope: Envelope) -> None:
    said = {name: str(value) for name, value in envelope.model_dump(mode="json", exclude_none=True).items()}
    event = CloudEvent(said | {"time": envelope.time, "specversion": "1.0", "datacontenttype": "application/json"}, {})
    assert to_binary(event, JSONFormat()).headers == dict(to_headers(envelope))


CORE = {"id", "source", "type", "time", "subject", "dataschema"}
