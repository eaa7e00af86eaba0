"""Keys of the hub itself, by name: derived from the key-encryption key once, wrapped by it ever after."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag

from services.kernel.db import Pool
from services.kernel.errors import Refused
from services.kernel.kek import Kek

KEEP: Final = "insert into hub_keys (name, wrapped, wrapped_by) values ($1, $2, $3) on conflict do nothing"
FIND: Final = "select wrapped, wrapped_by from hub_keys where name = $1"


async def hub_key(pool: Pool, kek: Kek, name: str, *, kept: bool = True) -> bytes:
    """The key of that name, the same for every process and after every rotation. `pool`: over schema `vault`.

    `kept`: written down at its first use; a command that may write nothing derives it only.

    Refused(`kek_foreign`) if another key-encryption key wrapped it: this one belongs to another hub.
    """
    row = await pool.fetchrow(FIND, name)
    if row is None and not kept:
        return kek.derive(name)
    if row is None:
        by, wrapped = kek.wrap(kek.derive(name), context(name))
        await pool.execute(KEEP, name, wrapped, by)
        return await hub_key(pool, kek, name)
    try:
        return kek.unwrap(row["wrapped_by"], row["wrapped"], context(name))
    except InvalidTag:
        raise Refused("kek_foreign", name, status=500) from None


def context(name: str) -> bytes:
    """What a wrapped key of the hub is bound to."""
    return f"hub|{name}".encode()
