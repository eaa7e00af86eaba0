"""What an error from handling a message means for the message."""

from __future__ import annotations

from enum import Enum

import asyncpg

from services.kernel.db import REDO
from services.kernel.errors import Poison, SetAside, Unavailable
from services.kernel.parking import Failure
from services.kernel.reading import Unreadable
from services.kernel.records import Quarantine


class Verdict(Enum):
    """LATER: a dependency is away, wait as long as it takes. NEVER: unreadable. AGAIN: perhaps a few more times."""

    LATER = "later"
    NEVER = "never"
    AGAIN = "again"


AWAY: tuple[type[Exception], ...] = (
    Unavailable,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    *REDO,
)


def verdict(error: Exception) -> Verdict:
    """Whose fault it is: the world's, the message's, or perhaps ours."""
    if isinstance(error, AWAY) and not isinstance(error, ValueError):  # asyncpg's DataError is a wrong argument of ours
        return Verdict.LATER
    return Verdict.NEVER if isinstance(error, Poison) else Verdict.AGAIN


def failure(error: Exception) -> Failure:
    """What operators are told; never the error's text, which may quote a row."""
    if isinstance(error, Unreadable):
        return Failure("SCHEMA", (error.reason, *error.fields))
    if isinstance(error, Poison):
        return Failure("SCHEMA", (error.reason,))
    if isinstance(error, SetAside):
        return Failure(error.reason)
    if isinstance(error, Quarantine):
        return Failure(error.reason, error.fields)
    return Failure("TECHNICAL", (type(error).__name__,))
