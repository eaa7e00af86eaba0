"""Erasing a person: the key is destroyed, the identity forgotten, and both are written down where no backup reaches.

Every sealed copy anywhere becomes unreadable at once; the same number arriving again is a new person (specification
§3.8; PIPL 47).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from services.kernel.db import Connection
from services.kernel.person_keys import erase_key

FORGET: Final = "delete from vault.identities where person_ref = $1"
FORGET_SEALED: Final = "delete from vault.sealed_identities where person_ref = $1"
OWNER_ONLY: Final = 0o600


async def erase(db: Connection, person_ref: str) -> None:
    """Destroy a person's key, hot or sealed, and forget who it was, in the caller's transaction."""
    await erase_key(db, person_ref)
    await db.execute(FORGET, person_ref)
    await db.execute(FORGET_SEALED, person_ref)


def write_down(log: Path, person_ref: str, now: datetime) -> None:
    """Add an erasure to the log, on disk when this returns.

    Comes before the erasure itself: a restore may then erase what was only asked for, and never keeps what was erased.
    """
    line = json.dumps({"person_ref": person_ref, "at": now.isoformat()}) + "\n"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY), "a", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def written_down(log: Path) -> Mapping[str, datetime]:
    """Whom the log names, and when they were erased last; nobody where there is no log."""
    lines = log.read_text("ascii").splitlines() if log.exists() else []
    told = (json.loads(line) for line in lines)
    return {str(each["person_ref"]): datetime.fromisoformat(each["at"]) for each in told}
