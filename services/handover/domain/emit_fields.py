"""The fields of each event that the saga emits; what is not named here carries state, level and cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.handover.domain.accountability import executing_street
from services.handover.domain.completion import findings
from services.handover.domain.emit_outward import Fields, delivered, followed
from services.handover.domain.ladder import recipient
from services.handover.domain.move import Move
from services.handover.domain.reading import named
from services.handover.domain.saga import LEVELS, Saga
from services.reference.terms import date_of, instant_of


def progress(move: Move) -> dict[str, Any]:
    """Where the handover stands and what brought it there."""
    return {"state": move.after.state, "level": move.after.level, "cause": move.given.name}


def _due(move: Move, *names: str) -> datetime | None:
    return next((move.after.timers[name].due_at for name in names if name in move.after.timers), None)


def _progress_due(*timers: str) -> Fields:
    return lambda move: {**progress(move), "due": _due(move, *timers)}


def _offered(move: Move) -> dict[str, Any]:
    saga = move.after
    return {
        "station_id": saga.place.offered_to,
        "track": saga.track,
        "planned_release": saga.planned_release,
        "deadline_rev": saga.deadline_rev,
        "ack_due": _due(move, "T_ACCEPT", "T_ASSIGN"),
        "hops": saga.hops,
        "district_id": saga.place.district,
    }


def _reoffered(move: Move) -> dict[str, Any]:
    declined = move.given.name == "HandoverDeclined"
    return {
        "level": "DISTRICT" if move.given.name == "StationReassigned" else "STATION",
        "station_id": None if declined else move.after.place.offered_to,
        "hops": move.after.hops,
        "decided_by": move.given.by.actor if move.given.by else None,
        "proposed_station": named(move.given.data, "proposed_station"),
        "reason": named(move.given.data, "reason"),
        "ack_due": _due(move, "T_ACCEPT", "T_ASSIGN"),
    }


def _routing(level: str | None, *timers: str) -> Fields:
    def fields(move: Move) -> dict[str, Any]:
        tier = level or ("DISTRICT" if move.after.place.district else "CITY")
        return {
            "level": tier,
            "to_org": _tier_org(move, tier),
            "station_id": move.after.station,
            "hops": move.after.hops,
            "due": _due(move, *timers),
        }

    return fields


def _tier_org(move: Move, tier: str) -> str:
    city = move.context.organisations.city().org_id
    return (move.after.place.district or city) if tier == "DISTRICT" else city


def _worker_wanted(move: Move) -> dict[str, Any]:
    return {"station_id": move.after.place.answering}


def _window(move: Move) -> dict[str, Any]:
    saga, context = move.after, move.context
    counted = saga.track != "PRISON"
    version = context.calendar.version_for(saga.deadline) if saga.deadline else context.calendar.version
    return {
        "clock_start": saga.clock_start if counted else None,
        "clock_rule": str(context.policy.key("report.clock_start").value),
        "deadline": saga.deadline,
        "calendar_version": version,
        "deadline_rev": saga.deadline_rev,
    }


def _recomputed(move: Move) -> dict[str, Any]:
    return {
        "deadline_rev": move.after.deadline_rev,
        "cause": move.given.name,
        "old": _dues(move.before),
        "new": _dues(move.after),
        "deadline": move.after.deadline,
    }


def _dues(saga: Saga) -> list[dict[str, Any]]:
    ordered = sorted(saga.timers.values(), key=lambda timer: (timer.due_at, timer.ordinal))
    return [{"name": timer.name, "due_at": timer.due_at} for timer in ordered]


def _raised(move: Move) -> dict[str, Any]:
    standing = move.after.standing
    return {
        "rung": move.rung,
        "level": move.after.level,
        "reason": move.given.name,
        "to_role": standing.to_role if standing else None,
        "to_org": standing.to_org if standing else None,
        "ack_due": _due(move, "T_ACK"),
        "deadline_rev": move.after.deadline_rev,
    }


def _forwarded(move: Move) -> dict[str, Any]:
    came, standing = move.before.standing, move.after.standing
    return {
        "rung": standing.rung if standing else None,
        "level": move.after.level,
        "from_role": came.to_role if came else None,
        "to_role": standing.to_role if standing else None,
        "to_org": standing.to_org if standing else None,
        "ack_due": _due(move, "T_ACK"),
    }


def _stood_down(move: Move) -> dict[str, Any]:
    rungs = move.before.standing_rungs
    levels = sorted({LEVELS[rung] for rung in rungs})
    return {"level": levels[-1] if levels else 0, "levels": levels, "rungs": rungs, "cause": move.given.name}


def _paused(move: Move) -> dict[str, Any]:
    until = _due(move, "T_AGREED", "T_HOLD")
    return {"level": move.before.level, "cause": move.given.name, "until": until}


def _contact_task(move: Move) -> dict[str, Any]:
    to = recipient(move.after, "L0", move.context.organisations)
    return {
        **progress(move),
        "due": instant_of(date_of(move.now), "end"),
        "to_role": to.role,
        "to_org": to.org,
        "deadline_rev": move.after.deadline_rev,
    }


def _reminder(move: Move) -> dict[str, Any]:
    role = "RESETTLEMENT" if move.after.track == "PRISON" else "STATION_LEAD"
    return {**progress(move), "to_role": role, "to_org": move.after.place.offered_to, "due": _due(move, "T_ACCEPT")}


def _held(move: Move) -> dict[str, Any]:
    saga = move.after
    return {"reason": saga.hold_reason, "resume_state": saga.resume_state, "review_due": _due(move, "T_HOLD")}


def _resumed(move: Move) -> dict[str, Any]:
    return {
        "reason": move.before.hold_reason,
        "resume_state": move.after.state,
        "reviewed_by": named(move.given.data, "reviewed_by"),
    }


def _review_due(move: Move) -> dict[str, Any]:
    return {**progress(move), "reason": move.after.hold_reason, "due": _due(move, "T_HOLD")}


def _completed(move: Move) -> dict[str, Any]:
    found = findings(move.before, move.given).items()
    criteria = {code: {"met": one.met, "evidence": one.evidence, "waived": one.waived} for code, one in found}
    return {"criteria": criteria, "durations": _durations(move)}


def _durations(move: Move) -> dict[str, int]:
    today, saga = date_of(move.now), move.after
    known = {"since_release": saga.released_at, "since_report": saga.reported_at}
    return {name: (today - date_of(instant)).days for name, instant in known.items() if instant}


def _closed(move: Move) -> dict[str, Any]:
    return {"terminal_state": move.after.state, "cause": move.given.name}


def _purge(key: str) -> Fields:
    def fields(move: Move) -> dict[str, Any]:
        term = move.context.policy.term(key)
        day = term.after(date_of(move.now), move.context.calendar)
        return {"clock_start": move.now, "ground": move.given.name, "purge_at": instant_of(day, "end")}

    return fields


def _query(move: Move) -> dict[str, Any]:
    notice = next(reversed(tuple(move.after.notices.values())), None)
    asked = {"to_org": notice.source or None, "notice_no": notice.notice_no} if notice else {}
    return {**progress(move), **asked}


def _track_changed(move: Move) -> dict[str, Any]:
    return {**progress(move), "from_track": move.before.track, "to_track": move.after.track}


def _compensation(move: Move) -> dict[str, Any]:
    place = move.after.place
    told = {place.station, place.answering, place.offered_to, place.district, *move.after.notified, *move.after.sources}
    return {**progress(move), "recipients": sorted(org for org in told if org)}


def _draft(move: Move) -> dict[str, Any]:
    street = executing_street(move.after, move.context.organisations)
    return {**progress(move), "to_org": street, "due": _due(move, "T_SIGN")}


FIELDS: Mapping[str, Callable[[Move], dict[str, Any]]] = {
    "HandoverOffered": _offered,
    "HandoverReoffered": _reoffered,
    "RoutingEscalated": _routing(None, "T_ROUTE", "T_ASSIGN"),
    "DistrictAssignmentRequired": _routing("DISTRICT", "T_ACCEPT_DISTRICT", "T_ASSIGN"),
    "CityAssignmentRequired": _routing("CITY", "T_ACCEPT_DISTRICT", "T_ASSIGN"),
    "WorkerAssignmentRequested": _worker_wanted,
    "ReportWindowOpened": _window,
    "DeadlinesRecomputed": _recomputed,
    "EscalationRaised": _raised,
    "EscalationForwarded": _forwarded,
    "EscalationStoodDown": _stood_down,
    "EscalationPaused": _paused,
    "ContactTaskCreated": _contact_task,
    "ReminderSent": _reminder,
    "HandoverHeld": _held,
    "HandoverResumed": _resumed,
    "HoldReviewDue": _review_due,
    "HandoverCompleted": _completed,
    "HandoverClosed": _closed,
    "PurgeScheduled": _purge("seal.voluntary_after_end"),
    "UnroutedNoticePurgeScheduled": _purge("retention.unrouted_notice"),
    "ReleaseConfirmationQueried": _query,
    "TrackChanged": _track_changed,
    "CompensationPlanned": _compensation,
    "StatutoryNoticeDelivered": delivered,
    "LateReportNotified": followed,
    "StatutoryNoticeRecalled": followed,
    "StatutoryNoticeDraftRequested": _draft,
    "VoluntaryTargetPassed": lambda move: {**progress(move), "target": move.after.deadline},
    "ReportDeadlinePassed": lambda move: {**progress(move), "deadline": move.after.deadline},
    "OversightReviewRequested": lambda move: {**progress(move), "to_org": _tier_org(move, "CITY")},
    "OnboardingOverdue": _progress_due("T_ONBOARD"),
    "EarlyContactOverdue": _progress_due("T_EARLY"),
    "ReleasePlanOverdue": _progress_due("T_PLAN"),
}
