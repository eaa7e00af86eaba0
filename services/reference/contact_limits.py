"""How often, and at what hours, somebody may try to reach a person (specification §3.5 anti-harassment, 民法典1033)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias

from services.kernel.errors import InvalidInput
from services.reference.policy import Policy
from services.reference.terms import SHANGHAI, date_of

Kind: TypeAlias = Literal["IN_VAIN", "TALKED", "MET", "REPORTED"]

PER_DAY: Final = "contact.max_per_day"
PER_WEEK: Final = "contact.max_per_week"
IN_ALL: Final = "contact.max_attempts_voluntary"
QUIET: Final = "contact.quiet_hours"
ATTEMPTS: Final[frozenset[Kind]] = frozenset({"IN_VAIN", "TALKED"})
ANSWERED: Final = frozenset({"TALKED", "REFUSED"})
DAYS_A_WEEK: Final = 7
LONGEST_WAIT: Final = 8  # days: after a week without any attempt the weekly limit cannot stand any more


@dataclass(frozen=True, slots=True)
class Contact:
    """One record of contact.

    `MET`, `REPORTED`: reached without an attempt, by planned work, by what the person declared, or by their report.
    """

    at: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until `ends`, Asia/Shanghai, over midnight where `begins` is the later one."""

    begins: time
    ends: time

    def covers(self, instant: datetime) -> bool:
        """Whether nobody is called or reminded then; `ends` itself is allowed."""
        now = instant.astimezone(SHANGHAI).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def next_allowed(self, instant: datetime) -> datetime:
        """The instant itself, or the next end of the quiet hours."""
        if not self.covers(instant):
            return instant
        morning = datetime.combine(date_of(instant), self.ends, SHANGHAI)
        return morning if morning > instant else morning + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ContactLimits:
    """The limits of one policy. `in_all`: attempts in vain, one after the other, towards a voluntary person."""

    a_day: int
    a_week: int
    in_all: int
    quiet: QuietHours

    def broken(self, day: date, contacts: Sequence[Contact], *, voluntary: bool) -> str | None:
        """The policy key of the limit that one more attempt on that day would break, or None."""
        that_day = [one for one in contacts if date_of(one.at) == day]
        if voluntary and in_vain(contacts) >= self.in_all:
            return IN_ALL
        if len(that_day) >= self.a_day or any(one.kind != "IN_VAIN" for one in that_day):
            return PER_DAY
        return PER_WEEK if _fullest_week(day, contacts) >= self.a_week else None

    def next_attempt(self, after: datetime, contacts: Sequence[Contact], *, voluntary: bool) -> datetime | None:
        """The first instant from then on at which an attempt is allowed; None where none is any more."""
        start = self.quiet.next_allowed(after)
        for _ in range(LONGEST_WAIT):
            if self.broken(date_of(start), contacts, voluntary=voluntary) is None:
                return start
            start = datetime.combine(date_of(start) + timedelta(days=1), self.quiet.ends, SHANGHAI)
        return None


def contact_limits(policy: Policy) -> ContactLimits:
    """The limits as policy has them. Raises InvalidInput("policy_key_invalid") for unreadable quiet hours."""
    quiet = read_quiet_hours(str(policy.key(QUIET).value))
    return ContactLimits(policy.count(PER_DAY), policy.count(PER_WEEK), policy.count(IN_ALL), quiet)


def read_quiet_hours(text: str) -> QuietHours:
    """`21:00-08:00`. Raises InvalidInput("policy_key_invalid") for any other form."""
    begins, _, ends = text.partition("-")
    try:
        return QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))
    except ValueError as error:
        raise InvalidInput("policy_key_invalid", key=QUIET) from error


def _fullest_week(day: date, contacts: Sequence[Contact]) -> int:
    """The most attempts in any seven days that contain that day: one may be written down after later ones."""
    tried = [(date_of(one.at) - day).days for one in contacts if one.kind in ATTEMPTS]
    return max(sum(last - DAYS_A_WEEK < each <= last for each in tried) for last in range(DAYS_A_WEEK))


def in_vain(contacts: Sequence[Contact]) -> int:
    """How many attempts in a row, up to the last one, have reached nobody."""
    answered = [number for number, one in enumerate(contacts, start=1) if one.kind != "IN_VAIN"]
    return len(contacts) - max(answered, default=0)


def kind_of(record: Mapping[str, Any]) -> Kind:
    """A ContactMade by its fields: whoever agreed a day or named an obstacle was reached."""
    said_something = bool(record.get("agreed_date") or record.get("obstacle_code"))
    return "TALKED" if said_something or record.get("result") in ANSWERED else "IN_VAIN"
