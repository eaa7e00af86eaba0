"""Roles of PostgreSQL: each service works as one of its own, which owns nothing and may touch its own schema only.

What a role may do is granted by the migration that makes the table. Roles belong to the whole cluster while databases
come and go, are copied and restored: so they are made before any migration, wherever they are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from services.kernel.db import Connection, checked_schema
from services.kernel.errors import Refused

SERVICES: Final = ("intake", "handover", "timeline")
"""A new service is one more name here."""
KEYS: Final = "jieli_keys"
"""Mints and reads the keys of people and of the hub; erases none."""
REFERENCE: Final = "jieli_reference"
"""Writes down the policy that a process works under."""
ACCESS: Final = "jieli_access"
"""Keeps sessions and counts tries, at the door of every process."""
WATCH: Final = "jieli_watch"
"""Asks each schema how far its relay, consumers and deadlines are; reads no table."""

KNOWN: Final = "select rolname from pg_roles where rolname = any($1::text[])"
MEMBERS: Final = """
select member.rolname as member, held.rolname as role
from pg_auth_members
join pg_roles as member on member.oid = pg_auth_members.member
join pg_roles as held on held.oid = pg_auth_members.roleid
where member.rolname = any($1::text[])
"""
CREATE: Final = 'create role "{role}" nologin'
BECOMES: Final = 'grant "{role}" to "{member}" with inherit false, set true'
INHERITS: Final = 'grant "{role}" to "{member}" with inherit true, set false'
HOLDS: Final = 'grant "{role}" to "{member}"'
TELLS_APART: Final = 16
"""The first PostgreSQL that tells becoming a role from having its rights; before, a member does both."""
MADE_MEANWHILE: Final = (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError)
"""Another database was faster: locks end at the border of a database, the catalogue's own index does not."""


def role_of(schema: str) -> str:
    """The role that a service works as. ValueError for a schema name that would need quoting."""
    return f"jieli_{checked_schema(schema)}"


def reader_of(schema: str) -> str:
    """The role that a service reads as in somebody's name."""
    return f"{role_of(schema)}_reader"


async def ensure_roles(db: Connection, schemas: Iterable[str] = ()) -> None:
    """Make what is missing for all services, and for the services of `schemas`; safe for many starters at once.

    Refused(`roles_missing`) where the session's user may not make roles.
    """
    names = list(dict.fromkeys((*SERVICES, *schemas)))
    services = [role_of(name) for name in names]
    wanted = [KEYS, REFERENCE, ACCESS, WATCH, *services, *map(reader_of, names)]
    known = {row["rolname"] for row in await db.fetch(KNOWN, wanted)}
    held = {(row["member"], row["role"]) for row in await db.fetch(MEMBERS, services)}
    missing = [CREATE.format(role=role) for role in wanted if role not in known]
    apart = db.get_server_version().major >= TELLS_APART
    for member in services:
        forms = _held(member) if apart else [(role, HOLDS) for role, _ in _held(member)]
        missing += [form.format(role=role, member=member) for role, form in forms if (member, role) not in held]
    await _make(db, missing)


def _held(service: str) -> Sequence[tuple[str, str]]:
    """What a service's role may become or has by itself."""
    reader = f"{service}_reader"
    return (KEYS, BECOMES), (REFERENCE, BECOMES), (ACCESS, BECOMES), (reader, BECOMES), (WATCH, INHERITS)


async def _make(db: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        try:
            await db.execute(statement)
        except MADE_MEANWHILE:
            continue
        except asyncpg.InsufficientPrivilegeError as error:
            raise Refused("roles_missing", statement, status=500) from error
