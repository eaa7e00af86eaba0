"""A saga as its readers see it: codes, dates and pseudonyms of their groups, no P2 and no P3; the rest is null."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.groups import HANDOVER_VIEW
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.support import suggested
from services.reference.disclosure import FULL, Sight, Stage

BEFORE_RELEASE: Final = frozenset({"NOTICED", "OFFERED", "ACCEPTED", "EARLY_CONTACT", "READY"})
OF_AN_OFFER: Final = frozenset({"state", "station"})
"""What an offer itself says to the station that must answer it."""
IN_OUTLINE: Final = frozenset({"state", "level"})
"""What stays of the escalation state (F21) where it is masked."""
OUTCOME: Final = frozenset({"state"})
"""Also content of the reader's own referral (F22)."""

IN_FULL_ONLY: Final = frozenset({"F17"})
"""A support level never leaves station and district (specification §3.3): a masked form shows nothing of it here."""


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees a handover."""

    stage: Stage
    sight: Sight


def handover(saga: Saga, look: Look, now: datetime) -> dict[str, Any]:
    """One handover, ready for JSON. `late` and `deadline` are also null where the law knows none."""
    view = whole(saga, now) | ({"state": coarse(saga, look.sight)} if _only_reported(look) else {})
    return {name: value if _seen(name, look) else _nothing(value) for name, value in view.items()}


def whole(saga: Saga, now: datetime) -> dict[str, Any]:
    """All that a view may hold."""
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
        "suggested_support_level": support(saga, now),
    }


def support(saga: Saga, now: datetime) -> dict[str, Any] | None:
    """What the rules suggest and why; a human decides, by a record SupportLevelSet of that level or another."""
    found = suggested(saga, now)
    if found is None:
        return None
    reasons = [{"rule": rule, "reason": why} for rule, why in zip(found.rules, found.reasons, strict=True)]
    return {"level": found.level, "reasons": reasons, "ruleset": found.ruleset, "decided_by": "human"}


def coarse(saga: Saga, sight: Sight) -> str | None:
    """For a centre: its own part until the release, then whether the person reported, where it may know that."""
    if saga.state in BEFORE_RELEASE:
        return saga.state
    if "F21" not in sight:
        return None
    return "REPORTED" if saga.reported_at else "AWAITING_REPORT"


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


def _only_reported(look: Look) -> bool:
    """Readers who learn of the process at most whether the person reported (F21 `reported`, no F22)."""
    return look.stage == "accepted" and "F22" not in look.sight and look.sight.get("F21", "reported") == "reported"


def _seen(name: str, look: Look) -> bool:
    if look.stage == "preview" and name in OF_AN_OFFER:
        return True
    if name in OUTCOME and ("F22" in look.sight or _only_reported(look)):
        return True
    group = HANDOVER_VIEW[name]
    form = look.sight.get(group)
    if form is None or form == FULL or group in IN_FULL_ONLY:
        return form == FULL
    return group != "F21" or _outlined(name, form)


def _outlined(name: str, form: str) -> bool:
    return form == "part" and name in IN_OUTLINE


def _nothing(value: object) -> object:
    """Null, or an empty list where a list stood."""
    return [] if isinstance(value, list) else None
