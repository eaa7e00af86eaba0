"""A saga as its readers see it: codes, dates and pseudonyms, no P2 and no P3."""

from __future__ import annotations

from typing import Any

from services.handover.domain.saga import Saga, Timer


def handover(saga: Saga) -> dict[str, Any]:
    """One handover, ready for JSON. `late` and `deadline` are null where the law knows none."""
    return {
        "handover_id": saga.handover_id,
        "person_ref": saga.person_ref,
        "episode": saga.episode,
        "state": saga.state,
        "track": saga.track,
        "station": saga.station,
        "accountable": saga.accountable,
        "level": saga.level,
        "late": saga.late,
        "deadline": saga.deadline.isoformat() if saga.deadline else None,
        "deadline_rev": saga.deadline_rev,
        "version": saga.version,
        "timers": [timer(one) for one in sorted(saga.timers.values(), key=lambda one: (one.due_at, one.ordinal))],
    }


def timer(one: Timer) -> dict[str, Any]:
    """An armed alarm and why it is due then: policy key and calendar version."""
    return {
        "name": one.name,
        "due_at": one.due_at.isoformat(),
        "deadline_rev": one.deadline_rev,
        "occurrence": one.occurrence,
        "policy_key": one.policy_key,
        "calendar_version": one.calendar_version,
    }
