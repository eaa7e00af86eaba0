"""The database schemas of all services: brought up to date, or told to publish anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import asyncpg

from services.access import renewing as access
from services.intake.app import IDENTITIES
from services.kernel import checkpoint
from services.kernel.db import session_settings
from services.kernel.migrations import migrate
from services.kernel.sealing import VAULT_MIGRATIONS
from services.reference import policies

HERE = Path(__file__).parent.parent
FOLDERS: Mapping[str, list[Path]] = {name: [HERE / name / "migrations"] for name in ("intake", "handover", "timeline")}


async def migrate_all(url: str) -> dict[str, list[str]]:
    """Names of the applied migrations by service schema."""
    done = {"vault": await migrate(url, "vault", [VAULT_MIGRATIONS, IDENTITIES], kernel=False)}
    done[policies.SCHEMA] = await migrate(url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    done[access.SCHEMA] = await access.prepare(url)
    return done | {schema: await migrate(url, schema, folders) for schema, folders in FOLDERS.items()}


async def reset_relays(url: str) -> list[str]:
    """Set every service's relay back to its first event; gives the services."""
    for schema in FOLDERS:
        db = await asyncpg.connect(url, server_settings=session_settings(schema))
        try:
            await checkpoint.reset(db)
        finally:
            await db.close()
    return list(FOLDERS)
