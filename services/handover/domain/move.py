"""One rule on its way through a saga: what guards, folds and emits look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.handover.domain.saga import Saga, Timer
from services.handover.domain.table import Rule
from services.handover.domain.words import Context, Input


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that a guard answers. `signed`: both people of a two-person act have signed."""

    saga: Saga
    given: Input
    context: Context
    timer: Timer | None = None
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """A rule that ran. `now`: the firing instant of a timer, else the present; `rung`: the one it raised, if any."""

    rule: Rule
    before: Saga
    after: Saga
    given: Input
    context: Context
    now: datetime
    timer: Timer | None = None
    grew: bool = False
    rung: str | None = None
    forwarded: bool = False
    draft: bool = False
    plan_lost: bool = False
    officials: tuple[str, ...] = ()
