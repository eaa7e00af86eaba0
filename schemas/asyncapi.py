"""The AsyncAPI 3 document of all topics, made from the catalogue and the event classes."""

from __future__ import annotations

import inspect
from typing import Any, Final, TypeAlias

from schemas.base import Event
from schemas.envelope import CONTENT_TYPE, PLAIN, PREFIX, SPECVERSION, Envelope
from schemas.registry import EVENTS
from schemas.sealed import sealed_fields
from schemas.topics import CATALOGUE, Topic, ingress_topics

Node: TypeAlias = dict[str, Any]
TRAIT: Final = "CloudEvent"
INGRESS: Final = "IngressMessage"
DESCRIPTION: Final = (
    "CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the payload alone. "
    "Fields of class P3 are tokens sealed under the person's key. 事件目录：消息头为 CloudEvents 属性，正文为业务字段。"
)


def document() -> Node:
    """The whole document; equal for equal code."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "接力 Jieli", "version": "1", "description": DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in CATALOGUE},
        "operations": {name: operation for topic in CATALOGUE for name, operation in _operations(topic)},
        "components": {
            "messages": {**{_name(event): _message(event) for event in _sorted()}, INGRESS: _ingress()},
            "messageTraits": {TRAIT: {"headers": _headers()}},
        },
    }


def _channel(topic: Topic) -> Node:
    return {
        "address": topic.name,
        "description": topic.why,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention_ms},
            }
        },
        "x-key": topic.key,
        "x-retention": topic.retention,
        "x-pii": topic.pii,
        "x-writers": list(topic.writers),
        "x-readers": list(topic.readers),
    }


def _operations(topic: Topic) -> list[tuple[str, Node]]:
    """From the hub's side: what it sends, what it receives."""
    slug, channel = topic.name.replace(".", "-"), {"$ref": f"#/channels/{topic.name}"}
    inward = topic.name.startswith(("hub.", "in."))
    actions = [("receive", inward), ("send", topic not in ingress_topics())]
    return [(f"{action}-{slug}", {"action": action, "channel": channel}) for action, does in actions if does]


def _names(topic: Topic) -> list[str]:
    return (
        [INGRESS] if topic in ingress_topics() else [_name(event) for event in _sorted() if event.topic == topic.name]
    )


def _sorted() -> list[type[Event]]:
    return [EVENTS[wire] for wire in sorted(EVENTS)]


def _name(event: type[Event]) -> str:
    return event.wire.removeprefix("cn.aftercare.")


def _message(event: type[Event]) -> Node:
    key = next(topic.key for topic in CATALOGUE if topic.name == event.topic)
    return {
        "name": event.wire,
        "title": event.__name__,
        "summary": (inspect.getdoc(event) or "").partition("\n")[0],
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": f"#/components/messageTraits/{TRAIT}"}],
        "headers": {"type": "object", "properties": {PREFIX + "type": {"type": "string", "const": event.wire}}},
        "payload": {"$ref": f"./json/{event.wire}.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}}},
        "x-pii": event.pii,
        "x-sealed": list(sealed_fields(event)),
    }


def _ingress() -> Node:
    identity = {"type": "string", "description": "compact JWE (ECDH-ES, A256GCM) to a key of /api/v1/intake/keys"}
    return {
        "name": INGRESS,
        "title": INGRESS,
        "summary": "What an agency sends: the fields of the fact, and whom it is about only as `identity`.",
        "contentType": CONTENT_TYPE,
        "payload": {"type": "object", "properties": {"identity": identity}},
        "x-pii": "P3",
    }


def _headers() -> Node:
    fields = {name if name in PLAIN else PREFIX + name: {"type": "string"} for name in Envelope.model_fields}
    needed = [PREFIX + name for name, info in Envelope.model_fields.items() if info.is_required()]
    fixed = {
        PREFIX + "specversion": {"type": "string", "const": SPECVERSION},
        "content-type": {"type": "string", "const": CONTENT_TYPE},
    }
    return {"type": "object", "required": [*fixed, *needed], "properties": {**fixed, **fields}}
