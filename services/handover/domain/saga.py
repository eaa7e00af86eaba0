"""What a saga remembers. Every field can be written as JSON and holds no P2 and no P3 in clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from services.reference.contact_limits import Contact

Track: TypeAlias = Literal["ORDERED", "VOLUNTARY", "PRISON"]
Assignment: TypeAlias = Literal["UNROUTED", "OFFERED", "ACCEPTED"]

LEVELS: Mapping[str, int] = {"L0": 0, "L1": 1, "L2": 2, "L3a": 3, "L3b": 3, "L4": 4}
LADDER_STATES = frozenset({"AWAITING_REPORT", "STATUTORY_NOTIFIED"})


@dataclass(frozen=True, slots=True)
class Timer:
    """An armed alarm; (name, deadline_rev, occurrence) is its key. 24:00 is written as the next day's 00:00."""

    name: str
    due_at: datetime
    deadline_rev: int
    occurrence: int
    policy_key: str
    calendar_version: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A centre's or prison's notice of release."""

    notice_no: str
    revision: int
    source: str
    basis: str
    order_expected: str
    shared_by_agreement: bool
    planned_release: date | None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order under the tag of its number; the number itself is P3 and stays outside."""

    kind: str
    served_at: datetime | None
    street: str | None
    term_months: int | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: str
    expires_at: datetime | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    type: str
    ends: date | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Who was to answer for the person; kept to be restored when a report proves invalid."""

    assignment: Assignment = "UNROUTED"
    station: str | None = None
    answering: str | None = None
    offered_to: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The rung that somebody has to answer; `ended` once nobody is left to forward it to."""

    rung: str
    to_role: str
    to_org: str | None
    raised_at: datetime
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Statutory:
    """The statutory notice that went out; `followed` by a late-report note or a recall."""

    notice_no: str
    signed_at: datetime
    followed: bool = False
    receipt: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """The first of two officials. `content`: a keyed tag of what was signed."""

    actor: str
    role: str
    org: str
    at: datetime
    content: str = ""


@dataclass(frozen=True, slots=True)
class Saga:
    """One handover. Changes only by `evolve`.

    `signed_first`: first signatures so far; they are steps of no version. `told`: every organisation that ever had a
    part in it, whatever became of it.
    """

    handover_id: str
    person_ref: str
    episode: str = ""
    state: str = "NOTICED"
    version: int = 0
    table_version: str = ""
    policy_version: str = ""
    track: Track = "VOLUNTARY"

    place: Place = field(default_factory=Place)
    before_report: Place | None = None
    accountable: str = ""
    told: tuple[str, ...] = ()
    notified: tuple[str, ...] = ()
    hops: int = 0

    origin: str = ""
    notices: Mapping[str, Notice] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    consents: Mapping[str, Consent] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)

    planned_release: date | None = None
    released_at: datetime | None = None
    release_notice_no: str = ""
    pickup: str = ""
    late_notice: bool = False
    reported_at: datetime | None = None
    plan: bool = False
    agreed_date: date | None = None
    contacts: tuple[Contact, ...] = ()
    late: bool | None = None

    clock_start: datetime | None = None
    deadline: date | None = None
    rung_clock: date | None = None
    restarted: date | None = None
    holds: tuple[tuple[date, date], ...] = ()

    hold_reason: str | None = None
    resume_state: str | None = None
    held_since: date | None = None
    date_moved: bool = False
    unreviewed: bool = False

    deadline_rev: int = 1
    timers: Mapping[str, Timer] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    fired: tuple[str, ...] = ()
    fired_here: tuple[str, ...] = ()
    started: Mapping[str, datetime] = field(default_factory=dict)

    raised: tuple[str, ...] = ()
    stood_down: bool = False
    standing: Standing | None = None
    statutory: Statutory | None = None
    draft_withheld: bool = False
    pending: Mapping[str, Signature] = field(default_factory=dict)
    signed_first: int = 0

    disputes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    blocked_keys: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """The number of its last step."""
        return self.version + self.signed_first

    @property
    def level(self) -> int:
        """The level of the highest rung raised in this revision; 0 outside the ladder's states."""
        if self.state not in LADDER_STATES:
            return 0
        return max((LEVELS[rung] for rung in self.raised), default=0)

    @property
    def standing_rungs(self) -> tuple[str, ...]:
        """Raised in this revision and not stood down; a paused one still stands."""
        return () if self.stood_down else self.raised

    @property
    def station(self) -> str | None:
        """The latest of offered to, accepted by, reported at."""
        return self.place.station

    @property
    def sources(self) -> frozenset[str]:
        """The centres and prisons that gave notice."""
        return frozenset(notice.source for notice in self.notices.values() if notice.source)

    @property
    def served_orders(self) -> dict[str, Order]:
        """Served and not revoked."""
        return {tag: order for tag, order in self.orders.items() if not order.revoked}

    @property
    def on_prison_basis(self) -> bool:
        return any(notice.basis == "PRISON" for notice in self.notices.values())

    @property
    def order_expected(self) -> bool:
        """A notice announces an order and none has been revoked since."""
        announced = any(one.order_expected == "Y" or one.basis == "ORDER" for one in self.notices.values())
        return announced and not any(order.revoked for order in self.orders.values())
