"""The parts that every service of a process shares: clock, ids, keys, tokens, words and reference data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from services.app.policies import policy_of
from services.kernel.clock import Clock
from services.kernel.db import Pool, open_pool
from services.kernel.errors import Refused
from services.kernel.ids import RandomIds
from services.kernel.kit import Kit
from services.kernel.migrations import migrate
from services.kernel.phrases import Phrases
from services.kernel.roles import KEYS, REFERENCE
from services.kernel.seal_settings import SealSettings
from services.kernel.sealing import VAULT_MIGRATIONS, KeyRing
from services.kernel.settings import Settings
from services.kernel.tasks import Loops
from services.kernel.tokens import Tokens
from services.reference import policies
from services.reference.calendar import load_calendar
from services.reference.calendar_years import Calendars, read_years
from services.reference.organisations import load_city
from services.reference.policies import Policies
from services.reference.policy import Policy

Setting = TypeVar("Setting", str, Path)
Known: TypeAlias = tuple[Policies, Calendars]
SPEAKING = ("services.kernel", "services.access", "services.intake", "services.handover", "services.timeline")


@asynccontextmanager
async def parts(settings: Settings, clock: Clock) -> AsyncIterator[Kit]:
    """The shared parts, closed with the block. Raises Refused where a setting is missing."""
    url = needed(settings.database_url, "JIELI_DATABASE_URL")
    policy = policy_of(settings.policy_file, settings.lang)
    await migrate(url, "vault", [VAULT_MIGRATIONS], kernel=False)
    await migrate(url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    async with await open_pool(url, policies.SCHEMA, role=REFERENCE, size=1) as reference:
        known = await _reference(reference, policy, settings.lang, clock.now())
    async with await open_pool(url, "vault", role=KEYS, size=5) as vault:
        sealing = SealSettings.of(settings)
        keyring = await KeyRing.over(vault, sealing.kek(), alg=sealing.alg)
        loops = Loops()
        loops.start("erasures", keyring.listen)
        try:
            yield _kit(settings, clock, keyring, url, known)
        finally:
            await loops.stop()


def _kit(settings: Settings, clock: Clock, keyring: KeyRing, url: str, known: Known) -> Kit:
    return Kit(
        settings=settings,
        clock=clock,
        ids=RandomIds(clock),
        sealer=keyring,
        keyring=keyring,
        tokens=tokens_of(needed(settings.token_key_file, "JIELI_TOKEN_KEY_FILE")),
        phrases=Phrases.load(*SPEAKING, lang=settings.lang),
        directory=load_city(settings.city),
        policies=known[0],
        calendars=known[1],
        database_url=url,
        kafka_bootstrap=needed(settings.kafka_bootstrap, "JIELI_KAFKA_BOOTSTRAP"),
        lang=settings.lang,
    )


async def _reference(pool: Pool, policy: Policy, lang: str, now: datetime) -> Known:
    """The policies and the calendar with every imported year. A policy is written down before it is worked under."""
    async with pool.acquire() as db:
        await policies.keep(db, policy, lang, now)
        calendars = Calendars(load_calendar(policy.calendar))
        calendars.learn(await read_years(db, policy.calendar))
        return Policies(policy), calendars


def needed(value: Setting | None, name: str) -> Setting:
    """The setting, or Refused(`setting_missing`)."""
    if value is None:
        raise Refused("setting_missing", name, status=500)
    return value


def tokens_of(file: Path) -> Tokens:
    """Signs and checks with the key of that file, or Refused(`key_missing`)."""
    try:
        return Tokens.from_file(file)
    except OSError as error:
        raise Refused("key_missing", "JIELI_TOKEN_KEY_FILE", status=500) from error
