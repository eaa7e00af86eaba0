"""Made-up notices of made-up people: what is written while measuring. About 500 bytes of payload each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.intake import NoticeFlags, ReleaseNoticeReceived
from schemas.sealed import Clear
from services.bench.ground import Ground
from services.kernel.store import Cause, Draft

TOPIC: Final = ReleaseNoticeReceived.topic
CENTRE: Final = "SYN-DETOX-A01"
STREET: Final = "SYN-STREET-A01-S003"
DIVISION: Final = "990001003000"
RELEASE: Final = date(2026, 4, 15)
PER_PERSON: Final = 4  # facts that one person gets in a round


@dataclass(frozen=True, slots=True)
class Planned:
    """One append, ready but for the version's check: the fact goes behind version `expected` of the stream."""

    stream: str
    key: str
    expected: int
    draft: Draft


def planned(ground: Ground, count: int, *, sealed: bool) -> list[Planned]:
    """Appends of one client: many people in turn, each with a few facts in order."""
    people = [ground.ids.new() for _ in range(-(-count // PER_PERSON))]
    return [_planned(ground, person, version, sealed=sealed) for person, version in _turns(people, count)]


def notice(person: str, *, sealed: bool) -> ReleaseNoticeReceived:
    """A notice; with `sealed` it carries a field that only the person's key opens."""
    return ReleaseNoticeReceived(
        person_ref=person,
        notice_no=f"SYN-N-{person}",
        revision=1,
        centre_id=CENTRE,
        episode_no="SYN-E-0000001",
        planned_release_date=RELEASE,
        hukou_div=DIVISION,
        order_expected="Y",
        basis="ORDER",
        flags=Clear(NoticeFlags(mobility=True)) if sealed else None,
        source_org=CENTRE,
        residence_div=DIVISION,
        executing_street=STREET,
    )


def _planned(ground: Ground, person: str, version: int, *, sealed: bool) -> Planned:
    cause = Cause(correlation_id=person, actor_ref=CENTRE, capacity="DETOX", policy_version="2026.1")
    draft = Draft(notice(person, sealed=sealed), ground.clock.now(), cause)
    return Planned(f"person-{person}", person, version, draft)


def _turns(people: list[str], count: int) -> Iterator[tuple[str, int]]:
    for number in range(count):
        yield people[number % len(people)], number // len(people)
