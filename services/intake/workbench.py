"""Intake's desk for a command that works on the database alone, whether or not the services run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.intake.app import NAME, desk_beside, prepare
from services.intake.desk import Desk, Rules
from services.kernel.clock import Clock, SystemClock, VirtualClock
from services.kernel.db import Pool, open_pool
from services.kernel.ids import RandomIds
from services.kernel.roles import KEYS, role_of
from services.kernel.seal_settings import SealSettings
from services.kernel.sealing import KeyRing
from services.reference.agreement_versions import reading
from services.reference.organisations import load_city
from services.reference.policy import load_policy

ABOUT: Final = "select city, clock_at from about"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to work: the database, the key-encryption key, and how far a virtual clock had come, if there is one.

    `city` counts only where no service has ever run on the database. `synthetic`: as `Rules`.
    """

    database_url: str
    sealing: SealSettings
    remembered: datetime | None = None
    city: str = "a"
    synthetic: bool = True


@asynccontextmanager
async def workbench(place: Place) -> AsyncIterator[tuple[Pool, Desk]]:
    """Intake's pool and desk, with the city and the clock of the hub that the database belongs to.

    Raises Refused(setting_missing) without the key: a fresh one could open nothing.
    """
    kek = place.sealing.kek(made=False)
    await prepare(place.database_url)
    async with (
        await open_pool(place.database_url, NAME, role=role_of(NAME), size=2) as pool,
        await open_pool(place.database_url, "vault", role=KEYS, size=2) as vault,
    ):
        about = await pool.fetchrow(ABOUT)
        clock = _clock(about["clock_at"] if about else None, place.remembered)
        city = about["city"] if about else place.city
        directory = load_city(city)
        rules = Rules(directory, load_policy(), place.synthetic, reading(city, directory))
        keyring = await KeyRing.over(vault, kek, alg=place.sealing.alg, kept=False)
        yield pool, desk_beside(keyring, rules, clock, RandomIds(clock))


def _clock(began: datetime | None, remembered: datetime | None) -> Clock:
    if began is None:
        return SystemClock()
    return VirtualClock(max(began, remembered or began))
