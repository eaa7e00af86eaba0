"""K-17, the quality of a centre's notices: feedback to the centre, no league table (specification §5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.reference.calendar import Calendar
from services.reference.terms import Term


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as it first came."""

    centre_id: str
    received: date
    planned: date | None
    corrected: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """`num`: in time; `late`: after the local lead time; `unknown`: without a day of release."""

    num: int
    den: int
    late: int
    unknown: int
    corrected: int


def by_centre(notices: Iterable[Notice], lead: Term, calendar: Calendar) -> Mapping[str, Quality]:
    """The notices of each centre; what names no day of release is in no denominator."""
    found: dict[str, list[Notice]] = {}
    for notice in notices:
        found.setdefault(notice.centre_id, []).append(notice)
    return {centre: _quality(each, lead, calendar) for centre, each in sorted(found.items())}


def _quality(notices: list[Notice], lead: Term, calendar: Calendar) -> Quality:
    dated = [one for one in notices if one.planned]
    in_time = [one for one in dated if one.planned and one.received <= lead.before(one.planned, calendar)]
    corrected = sum(one.corrected for one in notices)
    return Quality(len(in_time), len(dated), len(dated) - len(in_time), len(notices) - len(dated), corrected)
