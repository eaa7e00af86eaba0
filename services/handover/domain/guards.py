"""Each guard's exact text in the table, and the function that answers it with the codes that stand against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from services.handover.domain.clocks import deadline_over, grace_ends
from services.handover.domain.completion import complete
from services.handover.domain.grounds import ends_aftercare, for_aftercare, may_be_routed, order_tag, stays_without
from services.handover.domain.ladder import statutory_step_blocked
from services.handover.domain.move import Asked
from services.handover.domain.reading import day, text
from services.handover.domain.refusals import (
    DEADLINE_NOT_PASSED,
    FACTS_WAITING,
    GRACE_NOT_PASSED,
    GUARD_NOT_MET,
    ORDER_NOT_SERVED,
    TWO_OFFICIALS_REQUIRED,
    VOLUNTARY_PERSON,
)

Guard = Callable[[Asked], tuple[str, ...]]


def holds(guard: str | None, asked: Asked) -> bool:
    """Whether nothing stands against it."""
    return not objections(guard, asked)


def objections(guard: str | None, asked: Asked) -> tuple[str, ...]:
    """The refusal codes that stand against it; none if it holds."""
    return GUARDS[guard](asked) if guard else ()


def _if(asks: Callable[[Asked], bool], code: str = GUARD_NOT_MET) -> Guard:
    return lambda asked: () if asks(asked) else (code,)


def _all(*guards: Guard) -> Guard:
    return lambda asked: tuple(code for guard in guards for code in guard(asked))


def _ordered(asked: Asked) -> bool:
    return asked.saga.track == "ORDERED"


def _not_ordered(asked: Asked) -> bool:
    return not _ordered(asked)


def _under_order(asked: Asked) -> tuple[str, ...]:
    if _ordered(asked):
        return ()
    return (ORDER_NOT_SERVED if asked.saga.order_expected else VOLUNTARY_PERSON,)


def _deadline_passed(asked: Asked) -> tuple[str, ...]:
    ends = grace_ends(asked.saga, asked.context)
    if not deadline_over(asked.saga, asked.context.now):
        return (DEADLINE_NOT_PASSED,)
    return (GRACE_NOT_PASSED,) if ends is None or asked.context.now < ends else ()


def _not_blocked(asked: Asked) -> bool:
    return not statutory_step_blocked(asked.saga, technically=asked.context.blocked)


def _ends_aftercare(asked: Asked) -> bool:
    return ends_aftercare(asked.saga, asked.given)


def _has_consent(asked: Asked) -> bool:
    return stays_without(asked.saga, order_tag(asked.given), asked.context.now)


def _released(asked: Asked) -> bool:
    return asked.saga.released_at is not None


def _resumes_before_release(asked: Asked) -> bool:
    return asked.context.table.in_group(asked.saga.resume_state, "PRE")


def _extended(asked: Asked) -> bool:
    return asked.saga.hold_reason == "EXTENDED"


def _obstacle(asked: Asked) -> bool:
    return bool(text(asked.given.data, "obstacle_code"))


def _agreed(asked: Asked) -> date | None:
    return day(asked.given.data, "agreed_date")


def _too_late(asked: Asked) -> bool:
    agreed, deadline = _agreed(asked), asked.saga.deadline
    return agreed is not None and deadline is not None and agreed > deadline


def _may_route_on(asked: Asked) -> bool:
    hops = asked.saga.hops + 1  # this decline included
    return text(asked.given.data, "reason") != "CAPACITY" and hops < asked.context.policy.count("route.max_hops")


def _first_occurrence(asked: Asked) -> bool:
    return asked.timer is not None and asked.timer.occurrence == 1


def _custody(*kinds: str) -> Guard:
    return _if(lambda asked: text(asked.given.data, "kind") in kinds)


_two_person: Guard = _if(lambda asked: asked.signed, TWO_OFFICIALS_REQUIRED)

GUARDS: Mapping[str, Guard] = {
    "for_aftercare": _if(lambda asked: for_aftercare(asked.given)),
    "two_person": _two_person,
    "legal_basis_ok": _if(lambda asked: may_be_routed(asked.saga, asked.context.now)),
    "reason != CAPACITY and hops < route.max_hops": _if(_may_route_on),
    "reason == CAPACITY or hops >= route.max_hops": _if(lambda asked: not _may_route_on(asked)),
    "occurrence == 1": _if(_first_occurrence),
    "occurrence > 1": _if(lambda asked: not _first_occurrence(asked)),
    "resume_state in PRE": _if(_resumes_before_release),
    "resume_state not in PRE": _if(lambda asked: not _resumes_before_release(asked)),
    "track != ORDERED": _if(_not_ordered),
    "track == ORDERED": _if(_ordered),
    "track != ORDERED and ends_aftercare": _if(lambda asked: _not_ordered(asked) and _ends_aftercare(asked)),
    "track == ORDERED and ends_aftercare": _if(lambda asked: _ordered(asked) and _ends_aftercare(asked)),
    "not ends_aftercare": _if(lambda asked: not _ends_aftercare(asked)),
    "obstacle_code == null and agreed_date != null and agreed_date <= deadline": _if(
        lambda asked: not _obstacle(asked) and _agreed(asked) is not None and not _too_late(asked)
    ),
    "obstacle_code != null or (agreed_date != null and agreed_date > deadline)": _if(
        lambda asked: _obstacle(asked) or _too_late(asked)
    ),
    "obstacle_code == null and agreed_date == null": _if(lambda asked: not _obstacle(asked) and _agreed(asked) is None),
    "track == ORDERED and deadline_passed and two_person and not l3b_blocked": _all(
        _under_order, _deadline_passed, _if(_not_blocked, FACTS_WAITING), _two_person
    ),
    "track == ORDERED and two_person": _all(_under_order, _two_person),
    "has_consent": _if(_has_consent),
    "not has_consent": _if(lambda asked: not _has_consent(asked)),
    "completion_criteria": _if(lambda asked: complete(asked.saga, asked.given)),
    "two_person and released": _all(_two_person, _if(_released)),
    "two_person and not released": _all(_two_person, _if(lambda asked: not _released(asked))),
    "hold_reason == EXTENDED and resume_state in PRE": _if(
        lambda asked: _extended(asked) and _resumes_before_release(asked)
    ),
    "hold_reason != EXTENDED and resume_state in PRE": _if(
        lambda asked: not _extended(asked) and _resumes_before_release(asked)
    ),
    "kind in [PRISON, CID_AGAIN]": _custody("PRISON", "CID_AGAIN"),
    "kind in [DETAINED, ARRESTED]": _custody("DETAINED", "ARRESTED"),
}
