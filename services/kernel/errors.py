"""Everything that can go wrong, grouped by what the catcher does: refuse, retry, set aside, block.

JieliError
├── Refused              the caller erred and is told a code
│   ├── InvalidInput     … because of what was sent
│   └── TooMany          … because it was too often
├── Conflict             somebody else was faster; load again and decide again
│   └── WrongVersion
├── RetryTransaction     do the whole transaction again in a NEW one
├── SetAside             readable, but it does not fit; listed, and the key flows on
├── Poison               can never be read; blocks its key
└── Unavailable          a dependency is away; try later

Texts hold codes, ids and versions, never what a person is called or where they live.
"""

from __future__ import annotations

from typing import Final

REASONS: Final = frozenset({"UNKNOWN_STATE", "STALE", "CONFLICT", "SEALED", "SCHEMA", "TECHNICAL"})
"""Why a readable message is set aside or a key blocked; a quarantined message has a code of its reader's own."""


class JieliError(Exception):
    """Root of all errors of the hub; its text may be logged and shown."""


class Refused(JieliError):
    """The caller asked for something that is not allowed. `status` is the HTTP status of the answer."""

    def __init__(self, code: str, detail: str = "", status: int = 409) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.status = status


class InvalidInput(Refused):
    """What was sent cannot be used. `values` fill the phrase of the code and never enter the error's text."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, status=422)
        self.values = values


class TooMany(Refused):
    """Too often. `seconds`: after how long the same may be asked again, at least one."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many", status=429)
        self.seconds = max(1, seconds)


class Conflict(JieliError):
    """Another transaction changed what this one had read."""


class WrongVersion(Conflict):
    """A stream is not at the version the writer had seen."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"版本不符 wrong version: {stream} expected {expected}, found {actual}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class RetryTransaction(JieliError):
    """SQLSTATE 40001: roll back and do everything again in a new transaction, which gets a newer xid."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"事务须重做 transaction must be redone: {detail}")


class SetAside(JieliError):
    """A fact that fits no rule. `reason`: one of REASONS, never TECHNICAL."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"已搁置 set aside: {reason}")
        self.reason = reason


class Poison(JieliError):
    """A message that nobody will ever be able to read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"无法读取 unreadable: {reason}")
        self.reason = reason


class Unavailable(JieliError):
    """A database, broker or other service does not answer; the same call may succeed later."""

    def __init__(self, what: str) -> None:
        super().__init__(f"暂时不可用 unavailable: {what}")
        self.what = what
