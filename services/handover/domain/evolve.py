"""How a saga takes a step in: apply its patch, and nothing else."""

from __future__ import annotations

from services.handover.domain.memory import patched
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input, Step


def evolve(saga: Saga | None, step: Step, given: Input | None = None) -> Saga:
    """The saga after a step. Takes any history, never fails and holds no rule."""
    _ = given
    blank = Saga(handover_id=step.handover_id, person_ref="")
    return patched(blank if saga is None or step.opens else saga, step.patch)
