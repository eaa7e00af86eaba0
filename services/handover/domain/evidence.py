"""What has been shown by which input: the saga's list of evidence, by code."""

from __future__ import annotations

from dataclasses import replace

from services.handover.domain.saga import Saga
from services.handover.domain.words import Input

DESIGNATED = "DESIGNATED"
"""The person named somebody who may be contacted in their place."""


def noted(saga: Saga, code: str, given: Input) -> Saga:
    """The saga with one more thing that is shown by that input."""
    return replace(saga, evidence={**saga.evidence, code: given.id})
