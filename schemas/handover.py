"""Decisions and steps of a handover (specification §4.2 rows 23-34, 42-44), on `hub.handover.v1`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from schemas.base import HandoverEvent, Model, PiiClass
from schemas.codes import HoldReason, Pickup, State, Tier, Track
from schemas.ids import Code, Day, Number, OrgId, VaultPtr, Words
from schemas.sealed import Sealed


class HandoverOffered(HandoverEvent):
    """A station is asked to take the person on."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverOffered.v1"
    pii: ClassVar[PiiClass] = "P3"

    station_id: OrgId
    track: Track
    planned_release: Day | None = None
    deadline_rev: int = Field(ge=0)
    ack_due: AwareDatetime | None = None
    hops: int = Field(default=0, ge=0)
    district_id: OrgId | None = None


class HandoverAccepted(HandoverEvent):
    """The station takes the person on and answers for them from now."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverAccepted.v1"
    pii: ClassVar[PiiClass] = "P1"

    station_id: OrgId | None = None
    accepted_by: Words | None = None
    duty_cover: bool | None = None


class HandoverDeclined(HandoverEvent):
    """The station says no; CAPACITY is no lawful refusal and goes to the district."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverDeclined.v1"
    pii: ClassVar[PiiClass] = "P1"

    reason: Literal["WRONG_JURISDICTION", "CAPACITY", "DUPLICATE", "INFO_MISSING"]
    proposed_station: OrgId | None = None
    station_id: OrgId | None = None


class Routing(HandoverEvent):
    """Who shall take the person on, and who decided it. `level`: the tier that is to act or acted."""

    pii: ClassVar[PiiClass] = "P1"

    level: Tier | None = None
    station_id: OrgId | None = None
    hops: int | None = Field(default=None, ge=0)
    decided_by: Words | None = None


class HandoverReoffered(Routing):
    """The handover goes to another station."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverReoffered.v1"

    proposed_station: OrgId | None = None
    reason: Code | None = None
    ack_due: AwareDatetime | None = None


class DistrictAssigned(Routing):
    """District or city named the station."""

    wire: ClassVar[str] = "cn.aftercare.handover.DistrictAssigned.v1"

    station_id: OrgId


class StationReassigned(Routing):
    """District or city moved the person to another station; the clock of the helpers starts again there."""

    wire: ClassVar[str] = "cn.aftercare.handover.StationReassigned.v1"

    station_id: OrgId
    from_station: OrgId | None = None
    reason: Code | None = None


class RoutingEscalated(Routing):
    """Routing needs a human of a higher tier."""

    wire: ClassVar[str] = "cn.aftercare.handover.RoutingEscalated.v1"

    reason: Code | None = None
    to_org: OrgId | None = None
    due: AwareDatetime | None = None


class DistrictAssignmentRequired(Routing):
    """Nobody accepted in time; the district must name a station."""

    wire: ClassVar[str] = "cn.aftercare.handover.DistrictAssignmentRequired.v1"

    to_org: OrgId | None = None
    due: AwareDatetime | None = None


class CityAssignmentRequired(Routing):
    """The district did not name a station in time; the city must."""

    wire: ClassVar[str] = "cn.aftercare.handover.CityAssignmentRequired.v1"

    to_org: OrgId | None = None
    due: AwareDatetime | None = None


class WorkerAssignmentRequested(HandoverEvent):
    """The accepting station is asked to name a lead worker."""

    wire: ClassVar[str] = "cn.aftercare.handover.WorkerAssignmentRequested.v1"
    pii: ClassVar[PiiClass] = "P1"

    station_id: OrgId | None = None
    due: AwareDatetime | None = None


class TeamMember(Model):
    """One of the people around the person, by role and staff pseudonym."""

    role: Code
    ref: Words


class WorkerAssigned(HandoverEvent):
    """A lead worker and a team are named."""

    wire: ClassVar[str] = "cn.aftercare.handover.WorkerAssigned.v1"
    pii: ClassVar[PiiClass] = "P1"

    worker_ref: Words
    team: tuple[TeamMember, ...] = ()
    same_sex_required: bool = False


def _ticked(value: Any) -> Any:  # noqa: ANN401 - whatever came in
    """A checklist as an object of booleans means the codes that are true."""
    return tuple(code for code, done in value.items() if done) if isinstance(value, dict) else value


Checklist = Annotated[tuple[Code, ...], BeforeValidator(_ticked)]
"""Usual codes: IDENTITY LEAFLET CONSENTS NEEDS RESIDENCE CONTACT PICKUP APPOINTMENT."""


class EarlyContactRecorded(HandoverEvent):
    """A worker met the person before release, or offered to; a refusal to talk is a contact too."""

    wire: ClassVar[str] = "cn.aftercare.handover.EarlyContactRecorded.v1"
    pii: ClassVar[PiiClass] = "P3"

    mode: Code | None = None
    batch_no: Number | None = None
    checklist: Checklist = ()
    at: AwareDatetime | None = None


class ReleasePlanConfirmed(HandoverEvent):
    """Who fetches the person, and where they go first."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReleasePlanConfirmed.v1"
    pii: ClassVar[PiiClass] = "P3"

    pickup_plan: Code | None = None
    first_appointment_at: AwareDatetime | None = None
    holiday_cover: bool | None = None
    designated_contact_ptr: VaultPtr | None = None


class ReportWindowOpened(HandoverEvent):
    """The person is out since `released_at`; from here the report is expected. On PRISON no clock and no deadline.

    `late_notice`: the centre's notice came after the release, or not at all; `call_due`: nobody fetched the person, so
    a worker calls by then.
    """

    wire: ClassVar[str] = "cn.aftercare.handover.ReportWindowOpened.v1"
    pii: ClassVar[PiiClass] = "P3"

    clock_start: AwareDatetime | None = None
    clock_rule: Words | None = None
    deadline: Day | None = None
    calendar_version: Words | None = None
    deadline_rev: int | None = Field(default=None, ge=0)
    pickup: Pickup | None = None
    call_due: AwareDatetime | None = None
    late_notice: bool | None = None
    source_org: OrgId | None = None
    released_at: AwareDatetime | None = None


class TimerDue(Model):
    """One timer and its due instant."""

    name: Code
    due_at: AwareDatetime


class DeadlinesRecomputed(HandoverEvent):
    """A new revision of the timers; those of the old one no longer act. `accountable`: who answers from here."""

    wire: ClassVar[str] = "cn.aftercare.handover.DeadlinesRecomputed.v1"
    pii: ClassVar[PiiClass] = "P1"

    deadline_rev: int = Field(ge=0)
    cause: Code | None = None
    old: tuple[TimerDue, ...] = ()
    new: tuple[TimerDue, ...] = ()
    deadline: Day | None = None
    accountable: OrgId | None = None


class ContactMade(HandoverEvent):
    """An attempt to reach the person and what came of it."""

    wire: ClassVar[str] = "cn.aftercare.handover.ContactMade.v1"
    pii: ClassVar[PiiClass] = "P3"

    channel: Code | None = None
    result: Literal["TALKED", "NO_ANSWER", "WRONG_NUMBER", "REFUSED"] | None = None
    agreed_date: Day | None = None
    obstacle_code: Code | None = None
    at: AwareDatetime | None = None


class PersonReported(HandoverEvent):
    """The person reported, at any station. `late` compares with the deadline; null until a release is known too."""

    wire: ClassVar[str] = "cn.aftercare.handover.PersonReported.v1"
    pii: ClassVar[PiiClass] = "P3"

    at: AwareDatetime
    station_id: OrgId
    place_kind: Literal["OFFICE", "HOME", "OTHER_STATION", "WALK_IN"] = "OFFICE"
    identity_check: bool | None = None
    late: bool | None = None
    excuse_code: Sealed[Code] | None = None
    episode_no: Number | None = None


class ReportInvalidated(HandoverEvent):
    """Two officials found that the report was not one."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReportInvalidated.v1"
    pii: ClassVar[PiiClass] = "P1"

    reason: Words | None = None
    two_person: bool = False
    officials: tuple[Words, ...] = ()


class HandoverHeld(HandoverEvent):
    """The handover rests; no rung is raised meanwhile."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverHeld.v1"
    pii: ClassVar[PiiClass] = "P3"

    reason: HoldReason
    resume_state: State | None = None
    review_due: AwareDatetime | None = None


class HandoverResumed(HandoverEvent):
    """The handover goes on in `resume_state`."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverResumed.v1"
    pii: ClassVar[PiiClass] = "P3"

    reason: HoldReason | None = None
    resume_state: State
    review_due: AwareDatetime | None = None
    reviewed_by: Words | None = None


class Criterion(Model):
    """One condition of completion, the events that show it, and the reason if it was waived."""

    met: bool
    evidence: tuple[Words, ...] = ()
    waived: Words | None = None


class HandoverCompleted(HandoverEvent):
    """Everything the law and the agreement ask for is done. `durations`: whole days by name."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverCompleted.v1"
    pii: ClassVar[PiiClass] = "P1"

    criteria: dict[Code, Criterion] = Field(default_factory=dict)
    durations: dict[Code, int] = Field(default_factory=dict)


class HandoverClosed(HandoverEvent):
    """The handover ended otherwise."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverClosed.v1"
    pii: ClassVar[PiiClass] = "P1"

    terminal_state: State
    cause: Code | None = None
    compensation_ids: tuple[Words, ...] = ()
