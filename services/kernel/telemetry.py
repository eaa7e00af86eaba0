"""Spans of the transport by the OpenTelemetry messaging rules: a new trace, a link to the creation, never the key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, TraceFlags

from schemas.envelope import Envelope

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
LINKS = 128  # the SDK drops what is above

tracer = trace.get_tracer("jieli.kernel")


def traceparent() -> str | None:
    """The current span as a W3C traceparent, or None outside a recorded trace."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def links(traceparents: Iterable[str | None]) -> list[Link]:
    """One link for each different, well-formed traceparent."""
    contexts = {text: _context(text) for text in traceparents if text}
    return [Link(context) for context in contexts.values() if context][:LINKS]


@contextmanager
def processing(consumer: str, place: tuple[str, int, int], envelope: Envelope | None) -> Iterator[Span]:
    """The span of one message in a consumer; `place` is topic, partition, offset."""
    topic, partition, offset = place
    attributes: dict[str, str | int] = _messaging("process") | {
        "messaging.destination.name": topic,
        "messaging.consumer.group.name": consumer,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
    }
    if envelope:
        attributes |= _identity(envelope)
    created = links([envelope.traceparent]) if envelope else []
    with tracer.start_as_current_span(
        f"process {topic}",
        context=Context(),  # days may lie between the fact and its reader: a link, not a parent
        kind=SpanKind.CONSUMER,
        attributes=attributes,
        links=created,
        record_exception=False,  # texts of foreign errors may quote a row
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def batch(operation: str, name: str, traceparents: Iterable[str | None], count: int) -> Iterator[Span]:
    """The span of `count` messages taken together (`send` or `process`); they keep the traceparent they came with."""
    with tracer.start_as_current_span(
        f"{operation} {name}",
        context=Context(),
        kind=SpanKind.PRODUCER if operation == "send" else SpanKind.CONSUMER,
        attributes=_messaging(operation) | {"messaging.batch.message_count": count},
        links=links(traceparents),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def _messaging(operation: str) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
    }


def _identity(envelope: Envelope) -> Mapping[str, str]:
    told = {
        "messaging.message.id": envelope.id,
        "jieli.event.type": envelope.type,
        "jieli.correlation_id": envelope.correlationid,
        "jieli.causation_id": envelope.causationid,
    }
    return {name: value for name, value in told.items() if value}


def _context(text: str) -> SpanContext | None:
    found = TRACEPARENT.fullmatch(text)
    if not found:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None
