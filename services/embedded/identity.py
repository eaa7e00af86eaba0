"""Who runs PostgreSQL: it refuses root and, at initdb, a user without an entry in the user table.

Order: ourselves; nobody inside a user namespace (files stay ours); the real nobody, with the one capability that lets
it walk through closed folders. Nothing is ever chmod-ed and no account is made.
"""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Sequence
from pathlib import Path

from services.embedded.keeper import NOBODY
from services.embedded.kept import Identity, Kept
from services.embedded.refusals import StackRefused

PROBE_SECONDS = 10.0


def candidates() -> Sequence[Identity]:
    """Identities worth trying, best first."""
    if os.geteuid() == 0:
        return ("namespace", "nobody")
    return ("self",) if _named(os.geteuid()) else ("namespace",)


async def choose(program: Path, log: Path) -> Identity:
    """The first identity under which ``program`` runs at all. StackRefused ``no_identity`` if there is none."""
    for identity in candidates():
        probe = Kept([str(program), "--version"], log=log, identity=identity, last=signal.SIGKILL)
        code = await probe.ended(PROBE_SECONDS)
        await probe.end(signal.SIGKILL, 0)
        if code == 0:
            return identity
    raise StackRefused("no_identity", f"uid {os.geteuid()}")


def give(folder: Path, identity: Identity) -> None:
    """Make a cluster's files belong to whom the server will be; only root ever has to."""
    owner = NOBODY if identity == "nobody" else os.geteuid()
    if not folder.exists() or folder.stat().st_uid == owner:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), owner, -1, follow_symlinks=False)  # noqa: PTH118 - thousands of files
    os.chown(folder, owner, -1)


def _named(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True
