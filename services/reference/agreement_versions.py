"""Versions of data-sharing agreements as the database knows them, beside the city's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final, TypeAlias

from services.kernel.db import Connection
from services.kernel.errors import InvalidInput
from services.reference.agreements import Agreement, Agreements, shipped_agreements
from services.reference.organisations import Organisations

ADD: Final = """
    insert into reference.agreements (id, version, content, imported) values ($1, $2, $3, $4) on conflict do nothing
"""
OF_ID: Final = "select version, content from reference.agreements where id = $1 order by version"
ALL: Final = "select content from reference.agreements"

ReadAgreements: TypeAlias = Callable[[Connection], Awaitable[Agreements]]


def reading(city: str, directory: Organisations) -> ReadAgreements:
    """Reads the agreements that stand: the city's own, and what operators brought since."""
    shipped = tuple(shipped_agreements(city))

    async def read(db: Connection) -> Agreements:
        brought = [Agreement.model_validate(row["content"]) for row in await db.fetch(ALL)]
        return Agreements((*shipped, *brought), directory)

    return read


async def add(db: Connection, agreement: Agreement, shipped: Iterable[Agreement], now: datetime) -> bool:
    """Write a version down; False if it is there already.

    Raises InvalidInput: agreement_version_older where a higher one stands, agreement_version_reused where the same
    number has other content.
    """
    rows = [Agreement.model_validate(row["content"]) for row in await db.fetch(OF_ID, agreement.id)]
    known = {one.version: one for one in (*shipped, *rows) if one.id == agreement.id}
    if agreement.version in known and known[agreement.version] != agreement:
        raise InvalidInput("agreement_version_reused", id=agreement.id, version=agreement.version)
    if any(version > agreement.version for version in known):
        raise InvalidInput("agreement_version_older", id=agreement.id, version=agreement.version)
    if agreement.version in known:
        return False
    await db.execute(ADD, agreement.id, agreement.version, agreement.content(), now)
    return True
