"""Acts that need two different people, each by an own call (specification §3.4.1-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, TypeAlias

from services.handover.domain.reading import names
from services.handover.domain.saga import Saga, Signature
from services.handover.domain.words import Context, Input

Signing: TypeAlias = Literal["not_needed", "first", "same_person", "other_content", "both"]
UNFIT: Final = frozenset({"same_person", "other_content"})


def signing(saga: Saga | None, given: Input, context: Context) -> Signing:
    """Where the act stands with this call: both sign the same. A fact from outside must name both people."""
    if not context.actors.needs_two(given.name):
        return "not_needed"
    if given.by is None:
        return "both" if len(set(names(given.data, "officials"))) > 1 else "same_person"
    first = saga.pending.get(given.name) if saga else None
    if first is None:
        return "first"
    if first.content != given.content_tag:
        return "other_content"
    return "same_person" if first.actor == given.by.actor else "both"


def officials(saga: Saga | None, given: Input) -> tuple[str, ...]:
    """Both names, the first one first; empty for an act of one."""
    if given.by is None:
        return names(given.data, "officials")
    first = saga.pending.get(given.name) if saga else None
    return (first.actor, given.by.actor) if first else ()


def with_first(saga: Saga, given: Input, context: Context) -> Saga:
    """The act waits for the second person."""
    if given.by is None:
        return saga
    signature = Signature(given.by.actor, given.by.role, given.by.org, context.now, given.content_tag)
    return replace(saga, pending={**saga.pending, given.name: signature}, signed_first=saga.signed_first + 1)


def without_pending(saga: Saga) -> Saga:
    """A first signature does not outlive a change of what it was checked against."""
    return replace(saga, pending={})
