"""The outside checker sees the faults that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support import checker
from tests.support.checker import Fed, Found, OnTopic
from tests.support.notice_facts import notices_have_their_facts_once

WIRES = {
    "ReleaseNoticeReceived": ("intake", "cn.aftercare.intake.ReleaseNoticeReceived.v1", "hub.intake.v1"),
    "JurisdictionResolved": ("intake", "cn.aftercare.intake.JurisdictionResolved.v1", "hub.intake.v1"),
    "HandoverOffered": ("handover", "cn.aftercare.handover.HandoverOffered.v1", "hub.handover.v1"),
    "TimerFired": ("handover", "cn.aftercare.handover.TimerFired.v1", "hub.handover.v1"),
}
NAMES = ("ReleaseNoticeReceived", "HandoverOffered", "TimerFired")
RECEIPTS = [
    {"notice_no": f"N-{person}", "revision": 1, "person_ref": person, "outcome": "accepted"} for person in ("p1", "p2")
]
Fault = Callable[[Found], Found]


def sound() -> Found:
    """What a hub leaves of two people's notices when all is well; the relay sent p2's offer again."""
    events = [event(person, name) for name in NAMES for person in ("p1", "p2")]
    messages = [message(each) for each in events]
    return Found(events, [*messages, messages[3]], [each.event_id for each in events])


def told() -> list[Fed]:
    """What is said of two notices that were routed."""
    return [
        event(person, name) for person in ("p1", "p2") for name in ("ReleaseNoticeReceived", "JurisdictionResolved")
    ]


def event(person: str, name: str) -> Fed:
    schema, wire, _topic = WIRES[name]
    stream = f"{schema}-{person}"
    version = 2 if name == "TimerFired" else 1
    return Fed(schema, f"{name}-{person}", wire, person, stream, version, {}, 1 if schema == "intake" else None)


def message(fed: Fed) -> OnTopic:
    return OnTopic(WIRES[fed.name][2], fed.key, fed.event_id, int(fed.key == "p2"))


def without(hub: Found, event_id: str) -> Found:
    """The same without that event anywhere."""
    events = [each for each in hub.events if each.event_id != event_id]
    messages = [each for each in hub.messages if each.event_id != event_id]
    return Found(events, messages, [each for each in hub.journal if each != event_id])


def swapped_on_the_topic(hub: Found) -> Found:
    messages = list(hub.messages)
    messages[2], messages[4] = messages[4], messages[2]
    return replace(hub, messages=messages)


def done_twice(hub: Found) -> Found:
    again = replace(hub.events[-1], event_id="again", version=3)
    return Found([*hub.events, again], [*hub.messages, message(again)], [*hub.journal, "again"])


def blocked(hub: Found) -> Found:
    wire, said = "cn.aftercare.parked.EventParked.v1", {"parked_id": "1", "blocking": True}
    return replace(hub, events=[*hub.events, Fed("handover", "parked", wire, "p1", "parked-1", 1, said)])


FAULTS: dict[str, tuple[Fault, str]] = {
    "a doubled journal row": (lambda hub: replace(hub, journal=[*hub.journal, hub.journal[0]]), "has 2 journal rows"),
    "a lost journal row": (lambda hub: replace(hub, journal=hub.journal[1:]), "has 0 journal rows"),
    "a journal row of nothing": (lambda hub: replace(hub, journal=[*hub.journal, "other"]), "other has no event"),
    "a swapped order": (swapped_on_the_topic, "key p1: topic"),
    "a message lost": (lambda hub: replace(hub, messages=hub.messages[1:]), "is on topics []"),
    "a message of nothing": (
        lambda hub: replace(hub, messages=[*hub.messages, OnTopic("hub.intake.v1", "p1", "other")]),
        "other on hub.intake.v1 has no event",
    ),
    "a key in two partitions": (
        lambda hub: replace(hub, messages=[replace(hub.messages[0], partition=1), *hub.messages]),
        "key p1 is in partitions [0, 1]",
    ),
    "a missing event": (lambda hub: without(hub, "HandoverOffered-p1"), "[2]"),
    "an event twice": (lambda hub: replace(hub, events=[*hub.events, hub.events[0]]), "stands 2 times"),
    "a key that stays blocked": (blocked, "handover key p1 is blocked"),
    "an effect twice": (done_twice, "TimerFired handover-p2"),
}


def test_a_sound_hub_passes() -> None:
    assert checker.what_does_not_hold(sound()) == []
    assert notices_have_their_facts_once(told(), RECEIPTS) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str) -> None:
    plant, sign = FAULTS[fault]
    assert sign in "\n".join(checker.what_does_not_hold(plant(sound())))


def test_a_notice_without_its_fact_is_seen() -> None:
    assert notices_have_their_facts_once(told()[2:], RECEIPTS) == ["notice N-p1 revision 1 accepted has {}"]


def test_a_notice_that_nobody_routed_or_that_was_routed_twice_is_seen() -> None:
    unrouted, again = told()[:1] + told()[2:], [*told(), event("p1", "JurisdictionResolved")]
    assert len(notices_have_their_facts_once(unrouted, RECEIPTS)) == 1
    elsewhere = replace(again[-1], type="cn.aftercare.intake.JurisdictionUnresolved.v1")
    assert len(notices_have_their_facts_once([*told(), elsewhere], RECEIPTS)) == 1


def test_a_notice_with_its_fact_twice_is_seen() -> None:
    events = [*told(), event("p1", "ReleaseNoticeReceived")]
    assert len(notices_have_their_facts_once(events, RECEIPTS)) == 1


def test_a_fact_that_no_row_brought_is_seen() -> None:
    said = notices_have_their_facts_once(told(), RECEIPTS[:1])
    assert said == ["person p2 has facts of revision 1 that no row brought"]
