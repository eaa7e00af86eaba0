"""Policy versions as the database knows them: the one in force, and those that older work still lives under."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.kernel.db import Connection
from services.kernel.errors import JieliError, Refused
from services.reference.policy import Chosen, Policy
from services.reference.policy_words import words

SCHEMA: Final = "reference"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
KEEP: Final = "insert into reference.policies (version, chosen, since) values ($1, $2, $3) on conflict do nothing"
READ: Final = "select chosen from reference.policies where version = $1"


class Policies:
    """`current` is what new work is opened under; a version keeps its values for ever."""

    def __init__(self, current: Policy) -> None:
        self.current = current
        self._known = {current.version: current}

    async def of(self, db: Connection, version: str) -> Policy:
        """That version. JieliError where neither this process nor the database knows it."""
        if version not in self._known:
            chosen = await db.fetchval(READ, version)
            if chosen is None:
                raise JieliError(f"政策版本不明 policy_version_unknown: {version}")
            self._known[version] = self.current.choosing(version, _chosen(chosen))
        return self._known[version]


async def keep(db: Connection, policy: Policy, lang: str, now: datetime) -> None:
    """Write a version down before anything is opened under it.

    Raises Refused("policy_version_reused") where its name stands for other values. Keys that it did not have then are
    no change of it.
    """
    chosen = {name: asdict(one) for name, one in policy.chosen().items()}
    await db.execute(KEEP, policy.version, chosen, now)
    written = _chosen(await db.fetchval(READ, policy.version))
    if any(policy.chosen().get(name) != one for name, one in written.items()):
        code = "policy_version_reused"
        raise Refused(code, words().say(code, lang, version=policy.version))


def _chosen(written: dict[str, Any]) -> dict[str, Chosen]:
    return {name: Chosen(**one) for name, one in written.items()}
