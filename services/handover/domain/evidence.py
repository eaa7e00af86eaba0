"""What has been shown by which input: the saga's list of evidence, by code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.reference.contact_limits import Contact, Kind

KEPT_CONTACTS: Final = 30
DESIGNATED = "DESIGNATED"
"""The person named somebody who may be contacted in their place."""


def noted(saga: Saga, code: str, given: Input) -> Saga:
    """The saga with one more thing that is shown by that input."""
    return replace(saga, evidence={**saga.evidence, code: given.id})


def contacted(saga: Saga, kind: Kind, at: datetime) -> Saga:
    """The saga with one more record of contact; the limits of contact look at the last few only."""
    return replace(saga, contacts=(*saga.contacts, Contact(at, kind))[-KEPT_CONTACTS:])
