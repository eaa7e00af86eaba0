"""What somebody wants done with a person's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.intake.signatures import Signature
from services.kernel.store import Cause
from services.kernel.tokens import Actor

OPERATOR: Final = "OPS"
OF_THE_HUB: Final = frozenset({OPERATOR, "HUB"})
"""Operators, who need a second one, and another service that has granted it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done with a person's record, in whose name and on which ground."""

    person_ref: str
    actor: Actor
    ground: str = ""

    @property
    def alone(self) -> bool:
        """Whether one person is enough: an operator is not, for no record is theirs."""
        return self.actor.role != OPERATOR

    def signature(self, what: str) -> Signature:
        """That of who gives it. `what`: sealing or deleting."""
        return Signature(self.person_ref, f"{what} {self.ground}".rstrip(), self.actor.name)

    def may_decide(self, org: str) -> bool:
        """Whether it comes from the workstation that the record belongs to, or from the hub itself."""
        return self.actor.role in OF_THE_HUB or (bool(org) and self.actor.org == org)

    @property
    def cause(self) -> Cause:
        """By whom, as an envelope says it."""
        return Cause(actor_ref=self.actor.name, capacity=self.actor.capacity or self.actor.role)
