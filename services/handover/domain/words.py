"""The words between the saga and what stands around it: inputs, steps, context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from schemas.base import Event
from services.handover.domain.actors import Actors, shipped_actors
from services.handover.domain.saga import Timer
from services.handover.domain.table import Table, shipped_table
from services.reference.calendar import Calendar
from services.reference.organisations import Organisations
from services.reference.policy import Policy

Outcome: TypeAlias = Literal["applied", "folded", "set_aside", "refused", "pending", "ignored", "waits", "not_ours"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends it, from the token only: staff pseudonym, role of `actors.yaml`, organisation, capacity."""

    actor: str
    role: str
    org: str
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class TimerKey:
    """What tells one firing from every other."""

    name: str
    deadline_rev: int
    occurrence: int


@dataclass(frozen=True, slots=True)
class Input:
    """A fact (no sender), a command (a sender) or a timer (its key).

    `at` is its business time, `known_at` when the hub learnt it. `data` is the payload with its P3 fields clear or
    left out; `order_tag` stands for `order_no`. `expects` is the version of an If-Match, `content_tag` a keyed tag of
    all that an act of two people says.
    """

    name: str
    id: str
    at: datetime
    known_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    by: Sender | None = None
    timer: TimerKey | None = None
    person_ref: str = ""
    expects: int | None = None
    content_tag: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything outside the saga that a decision may look at.

    `policy` is the one that the saga was opened under, `newest` what a saga that opens now is opened under, if another.
    `blocked`: a message of this person is blocked.
    """

    now: datetime
    policy: Policy
    calendar: Calendar
    organisations: Organisations
    new_id: Callable[[], str]
    blocked: bool = False
    newest: Policy | None = None
    table: Table = field(default_factory=shipped_table)
    actors: Actors = field(default_factory=shipped_actors)


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one input.

    `rules`: ids in the order in which they ran (C2 then H022). `reason`: a refusal code, or why it was set aside or
    ignored. `emits` go to the saga's stream, `outward` to the statutory notice's. `stopped` are names whose alarm ends
    without firing, `armed` are alarms that are new or moved: stop first, then arm. `patch` is what `evolve` applies,
    empty if nothing is to be remembered; `opens` says that it starts a new saga. `officials`: both names of an act
    of two.
    """

    outcome: Outcome
    state: str
    handover_id: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""
    emits: tuple[Event, ...] = ()
    outward: tuple[Event, ...] = ()
    armed: tuple[Timer, ...] = ()
    stopped: tuple[str, ...] = ()
    patch: Mapping[str, Any] = field(default_factory=dict)
    officials: tuple[str, ...] = ()
    opens: bool = False
