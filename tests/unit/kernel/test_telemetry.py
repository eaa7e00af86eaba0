"""Spans link to what created a message, are never its children, and never name a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from schemas.envelope import Envelope
from services.kernel import telemetry

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CREATED = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def envelope(traceparent: str | None) -> Envelope:
    return Envelope.model_validate(
        {
            "id": "01J",
            "source": "jieli/test",
            "type": "cn.aftercare.test.Happened.v1",
            "time": "2026-03-02T09:00:00+08:00",
            "recordedtime": "2026-03-02T09:00:00+08:00",
            "subject": "person-secret",
            "dataschema": "urn:x",
            "partitionkey": "person-secret",
            "sequence": 1,
            "traceparent": traceparent,
            "piiclass": "P1",
            "stream": "person-secret",
            "correlationid": "h-1",
        }
    )


def handled(spans: InMemorySpanExporter, traceparent: str | None) -> ReadableSpan:
    with telemetry.processing("sink.facts", ("hub.test.v1", 3, 7), envelope(traceparent)):
        pass
    [span] = spans.get_finished_spans()
    return span


def test_a_handled_message_is_a_new_trace_linked_to_its_creation(spans: InMemorySpanExporter) -> None:
    span = handled(spans, CREATED)
    assert (span.name, span.kind.name, span.parent) == ("process hub.test.v1", "CONSUMER", None)
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" != TRACE


def test_no_attribute_names_the_person(spans: InMemorySpanExporter) -> None:
    attributes = dict(handled(spans, CREATED).attributes or {})
    assert attributes["messaging.kafka.offset"] == 7
    assert attributes["jieli.correlation_id"] == "h-1"
    assert "person-secret" not in str(attributes)


@pytest.mark.parametrize("text", [None, "", "no trace", CREATED.replace("00-", "ff-"), f"00-{'0' * 32}-{'0' * 16}-00"])
def test_a_traceparent_that_is_none_gives_no_link(spans: InMemorySpanExporter, text: str | None) -> None:
    assert list(handled(spans, text).links) == []


def test_a_batch_links_each_creation_once(spans: InMemorySpanExporter) -> None:
    other = CREATED.replace(TRACE, "f" * 32)
    with telemetry.batch("send", "source", [CREATED, other, CREATED, None], 4):
        pass
    [span] = spans.get_finished_spans()
    assert len(span.links) == 2
    assert (span.attributes or {})["messaging.batch.message_count"] == 4


def test_inside_a_span_new_facts_get_its_traceparent(spans: InMemorySpanExporter) -> None:
    assert telemetry.traceparent() is None
    with telemetry.batch("process", "sink", [], 1) as span:
        context = span.get_span_context()
        assert (telemetry.traceparent() or "").startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-0")
    assert len(spans.get_finished_spans()) == 1


def test_an_errors_text_does_not_reach_the_span(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="person"), telemetry.batch("process", "sink", [], 1):
        raise ValueError("person-secret")
    [span] = spans.get_finished_spans()
    assert "person-secret" not in span.to_json()
