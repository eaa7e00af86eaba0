"""Every input's trace in the saga's memory; an input without one changes nothing but the state."""

from __future__ import annotations

from collections.abc import Mapping

from services.handover.domain import fold_evidence, fold_place, fold_release
from services.handover.domain.clocks import settled
from services.handover.domain.fold_release import Fold
from services.handover.domain.saga import Saga
from services.handover.domain.words import Context, Input

FOLDS: Mapping[str, Fold] = {**fold_release.FOLDS, **fold_place.FOLDS, **fold_evidence.FOLDS}


def fold(saga: Saga, given: Input, context: Context) -> Saga:
    """The saga with the input known to it, its clocks settled."""
    known = FOLDS.get(given.name)
    return settled(known(saga, given, context), context) if known else saga
