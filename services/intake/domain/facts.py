"""Which facts a notice becomes: a new saga, or a change of the one that already runs (specification §3.4.1-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from schemas.base import Event
from schemas.intake import (
    JurisdictionResolved,
    JurisdictionUnresolved,
    LegalBasisMissing,
    NoticeFlags,
    PersonRegistered,
    ReleaseDateChanged,
    ReleaseNoticeReceived,
)
from services.intake.domain.notice import Notice
from services.intake.domain.routing import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The notice that stands for the same person and episode. `live`: its handover runs as far as intake knows."""

    source: str
    notice_no: str
    planned_release_date: date | None
    route: Route
    live: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A notice that is taken, with what is needed to say so."""

    notice: Notice
    route: Route
    standing: Standing | None


Quality: TypeAlias = Literal["EXACT_ID", "NO_ID"]
Origin: TypeAlias = Literal["NOTICE", "WALK_IN", "PRISON"]


def registered(person_ref: str, quality: Quality, origin: Origin) -> PersonRegistered:
    """The fact that a person now has a pseudonym."""
    return PersonRegistered(
        person_ref=person_ref, vault_ptr=f"vault://{person_ref}", match_quality=quality, origin=origin
    )


def facts_of(judged: Judged, person_ref: str) -> list[Event]:
    """The facts of an accepted or revised notice, in order."""
    standing = judged.standing
    if standing is None or not standing.live or standing.route.routing == "no_basis":
        return [received(judged, person_ref), routed(judged.route, person_ref)]
    changes: list[Event] = []
    if _date_counts(judged.notice, standing):
        changes.append(date_changed(judged.notice, standing, person_ref))
    if _place(judged.route) != _place(standing.route):
        changes.append(routed(judged.route, person_ref))
    return changes


def received(judged: Judged, person_ref: str) -> ReleaseNoticeReceived:
    """The opening fact: dates and codes in clear, flags sealed, the person by pseudonym.

    `dsa_id` is the agreement that the offer rests on, never what the sender says it is.
    """
    notice = judged.notice
    flags = NoticeFlags.model_validate(dict.fromkeys(notice.flags, True))
    return ReleaseNoticeReceived.model_validate(
        {
            "person_ref": person_ref,
            "notice_no": notice.notice_no,
            "revision": notice.revision,
            "centre_id": notice.source,
            "source_org": notice.source,
            "episode_no": str(notice.episode_no),
            "planned_release_date": notice.planned_release_date,
            "hukou_div": notice.identity.hukou_div or None,
            "residence_div": notice.identity.residence_div or None,
            "intended_residence_ptr": f"vault://{person_ref}/residence",
            "designated_contact_ptr": f"vault://{person_ref}/contact" if notice.identity.contact_phone else None,
            "order_expected": notice.order_expected,
            "basis": notice.basis,
            "flags": flags,
            "dsa_id": judged.route.dsa_id,
        }
    )


def routed(route: Route, person_ref: str) -> Event:
    """Where it goes: to a station, to nobody yet, or nowhere."""
    if route.routing == "no_basis":
        return LegalBasisMissing(person_ref=person_ref, missing=route.missing or "ORDER")
    if route.station_id is None or route.ground is None:
        return JurisdictionUnresolved(
            person_ref=person_ref, outcome="EXTERNAL" if route.routing == "external" else "UNKNOWN"
        )
    return JurisdictionResolved(person_ref=person_ref, station_id=route.station_id, ground=route.ground)


def date_changed(notice: Notice, standing: Standing, person_ref: str) -> ReleaseDateChanged:
    """The planned day as the newest word has it."""
    return ReleaseDateChanged(
        person_ref=person_ref,
        notice_no=notice.notice_no,
        revision=notice.revision,
        old_date=standing.planned_release_date,
        new_date=notice.planned_release_date,
        reason="CORRECTION" if _same_number(notice, standing) else "ADMIN",
        episode_no=str(notice.episode_no),
        centre_id=notice.source,
    )


def _date_counts(notice: Notice, standing: Standing) -> bool:
    """A second source is always told of: the person left the centre that the plan was made with."""
    return notice.planned_release_date != standing.planned_release_date or not _same_number(notice, standing)


def _same_number(notice: Notice, standing: Standing) -> bool:
    return (notice.source, notice.notice_no) == (standing.source, standing.notice_no)


def _place(route: Route) -> tuple[str, str | None]:
    return route.routing, route.station_id
