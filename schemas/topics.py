"""Every topic: who keys, writes and reads it, for how long, and why (specification §4.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from schemas.base import PiiClass

DAY_MS: Final = 86_400_000
FOREVER: Final = -1
EMBEDDED_PARTITIONS: Final = 2  # each empty one is polled fifty times a second
RETENTIONS: Final = {
    "unlimited": FOREVER,
    "until resolved": FOREVER,
    "per archive rule": FOREVER,
    "P3Y": 3 * 366 * DAY_MS,
    "P90D": 90 * DAY_MS,
    "P30D": 30 * DAY_MS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `key`: what the record key holds; `partitions`: for one city; `pii`: the highest class inside."""

    name: str
    key: str
    partitions: int
    retention: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    pii: PiiClass
    why: str

    @property
    def retention_ms(self) -> int:
        """Milliseconds as Kafka's `retention.ms` wants them; -1 keeps everything."""
        return RETENTIONS[self.retention]


CATALOGUE: Final = (
    Topic(
        name="hub.intake.v1",
        key="person_ref",
        partitions=24,
        retention="unlimited",
        writers=("intake",),
        readers=("handover", "casework", "timeline"),
        pii="P3",
        why="facts about a person from centres, authorities and the person",
    ),
    Topic(
        name="hub.handover.v1",
        key="person_ref",
        partitions=24,
        retention="unlimited",
        writers=("handover",),
        readers=("intake", "casework", "timeline", "ops-trace"),
        pii="P3",
        why="every step, rung and timer of a handover; ops-trace sees P0 and P1 only",
    ),
    Topic(
        name="hub.casework.v1",
        key="person_ref",
        partitions=24,
        retention="unlimited",
        writers=("casework", "handover"),
        readers=("handover", "timeline"),
        pii="P3",
        why="the station's work; the hub writes here until casework is its own service",
    ),
    Topic(
        name="hub.referral.v1",
        key="person_ref",
        partitions=24,
        retention="unlimited",
        writers=("referral",),
        readers=("employment", "clinic", "corrections", "timeline"),
        pii="P3",
        why="the closed loop of referrals",
    ),
    Topic(
        name="hub.privacy.v1",
        key="person_ref",
        partitions=12,
        retention="P3Y",
        writers=("intake", "handover", "casework", "employment", "clinic", "corrections", "timeline"),
        readers=("audit", "employment", "clinic", "corrections", "handover", "timeline"),
        pii="P1",
        why="who learned what; recalls, sealing, disputes; kept three years at least",
    ),
    Topic(
        name="hub.parked.v1",
        key="original key",
        partitions=6,
        retention="until resolved",
        writers=("intake", "handover", "casework", "timeline"),
        readers=("ops", "handover", "timeline"),
        pii="P1",
        why="messages set aside or blocking their key; holds back statutory steps",
    ),
    Topic(
        name="in.detox.v1",
        key="org_id/notice_no",
        partitions=6,
        retention="P30D",
        writers=("detox-centres", "prisons"),
        readers=("intake",),
        pii="P3",
        why="what centres and prisons send; identity only encrypted to intake",
    ),
    Topic(
        name="in.authority.v1",
        key="org_id/document_no",
        partitions=6,
        retention="P30D",
        writers=("decision-organs", "police"),
        readers=("intake",),
        pii="P3",
        why="what decision organs and police send; identity only encrypted to intake",
    ),
    Topic(
        name="out.detox.v1",
        key="org_id/notice_no",
        partitions=6,
        retention="P90D",
        writers=("intake",),
        readers=("detox-centres", "prisons", "decision-organs", "police"),
        pii="P0",
        why="one receipt per message: outcome, reason, routing; never who",
    ),
    Topic(
        name="stat.notice.v1",
        key="notice_no",
        partitions=3,
        retention="per archive rule",
        writers=("handover",),
        readers=("statutory-gateway",),
        pii="P3",
        why="one message per signed notice, recall and late-report note, for street and police alone",
    ),
)
AGENCIES: Final = ("labour", "window", "education", "housing", "legalaid", "clinic", "corrections", "resettlement")
"""To whom a neutral `out.<agency>.v1` will go once a gateway serves them (§3.2, §4.1); their names say nothing."""
TOPICS: Final[dict[str, Topic]] = {topic.name: topic for topic in CATALOGUE}


def for_one_process() -> dict[str, Topic]:
    """The catalogue for an embedded broker that serves one process: partitions only cost there."""
    return {
        name: replace(topic, partitions=min(topic.partitions, EMBEDDED_PARTITIONS)) for name, topic in TOPICS.items()
    }


def hub_topics() -> tuple[Topic, ...]:
    """Topics between the hub's own services; no agency reads them."""
    return _starting("hub.")


def ingress_topics() -> tuple[Topic, ...]:
    """Topics that agencies write and one service reads."""
    return _starting("in.")


def outward_topics() -> tuple[Topic, ...]:
    """Topics that leave the hub."""
    return _starting("out.", "stat.")


def _starting(*prefixes: str) -> tuple[Topic, ...]:
    return tuple(topic for topic in CATALOGUE if topic.name.startswith(prefixes))
