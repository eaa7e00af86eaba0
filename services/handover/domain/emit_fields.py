"""The fields of each event that the saga emits; what is not named here carries state, level and cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.handover.domain.accountability import answering, executing_street
from services.handover.domain.completion import findings
from services.handover.domain.emit_ladder import LADDER, call_by
from services.handover.domain.emit_outward import Fields, delivered, followed
from services.handover.domain.emit_progress import due, progress, progress_due, tier_org
from services.handover.domain.emit_routing import ROUTING
from services.handover.domain.move import Move
from services.handover.domain.reading import named
from services.handover.domain.saga import Saga
from services.reference.terms import date_of, instant_of


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
        "pickup": saga.pickup or None,
        "call_due": call_by(move.now, context.policy) if saga.pickup == "NONE" else None,
        "late_notice": saga.late_notice,
        "source_org": _source(saga),
        "released_at": saga.released_at,
    }


def _source(saga: Saga) -> str | None:
    """The centre or prison that the person left; without its number, the one that gave the last notice."""
    notice = saga.notices.get(saga.release_notice_no) or next(reversed(tuple(saga.notices.values())), None)
    return notice.source or None if notice else None


def _progressed(move: Move) -> dict[str, Any]:
    """A release after the report, or during a hold, decides whether the report was or will be late."""
    saga = move.after
    known = {"released_at": saga.released_at, "deadline": saga.deadline, "late": saga.late}
    return {**progress(move), **(known if move.given.name == "PersonReleased" else {})}


def _recomputed(move: Move) -> dict[str, Any]:
    return {
        "deadline_rev": move.after.deadline_rev,
        "cause": move.given.name,
        "old": _dues(move.before),
        "new": _dues(move.after),
        "deadline": move.after.deadline,
        "accountable": answering(move.after, move.context.organisations),
    }


def _dues(saga: Saga) -> list[dict[str, Any]]:
    ordered = sorted(saga.timers.values(), key=lambda timer: (timer.due_at, timer.ordinal))
    return [{"name": timer.name, "due_at": timer.due_at} for timer in ordered]


def _held(move: Move) -> dict[str, Any]:
    saga = move.after
    return {"reason": saga.hold_reason, "resume_state": saga.resume_state, "review_due": due(move, "T_HOLD")}


def _resumed(move: Move) -> dict[str, Any]:
    return {
        "reason": move.before.hold_reason,
        "resume_state": move.after.state,
        "reviewed_by": named(move.given.data, "reviewed_by"),
    }


def _review_due(move: Move) -> dict[str, Any]:
    return {**progress(move), "reason": move.after.hold_reason, "due": due(move, "T_HOLD")}


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
    recipients = move.after.told
    return {**progress(move), "recipients": recipients, "compensation_ids": [move.context.new_id() for _ in recipients]}


def _draft(move: Move) -> dict[str, Any]:
    street = executing_street(move.after, move.context.organisations)
    return {**progress(move), "to_org": street, "due": due(move, "T_SIGN")}


FIELDS: Mapping[str, Fields] = {
    **LADDER,
    **ROUTING,
    "ReportWindowOpened": _window,
    "HandoverProgressed": _progressed,
    "DeadlinesRecomputed": _recomputed,
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
    "OversightReviewRequested": lambda move: {**progress(move), "to_org": tier_org(move, "CITY")},
    "OnboardingOverdue": progress_due("T_ONBOARD"),
    "EarlyContactOverdue": progress_due("T_EARLY"),
    "ReleasePlanOverdue": progress_due("T_PLAN"),
}
