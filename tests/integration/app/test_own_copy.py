"""A person's copy is made where people sign in at the agencies' own provider."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from services.access import app as access
from services.app import api
from services.app.http_server import serving
from services.app.parts import parts
from services.app.ports import HUB, Address, connect_ports
from services.intake import app as intake
from services.intake.desk import Rules
from services.intake.domain.notice import Identity
from services.kernel.clock import SystemClock
from services.kernel.db import transaction
from services.kernel.errors import Refused
from services.kernel.ids import RandomIds
from services.kernel.settings import Settings
from services.kernel.tokens import Actor, create_key_file
from services.reference.agreement_versions import reading
from tests.support.centre import inmate

COPIES = "/api/v1/people/copies"


async def test_intake_gives_the_persons_record_to_the_hub_alone_without_the_hubs_own_users(
    database_url: str, tmp_path: Path
) -> None:
    create_key_file(tmp_path / "tokens.key")
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        data=tmp_path,
        kek_file=tmp_path / "kek",
        token_key_file=tmp_path / "tokens.key",
        identity_key_file=tmp_path / "identity.jwk",
        local_access=False,
    )
    async with AsyncExitStack() as ending:
        kit = await ending.enter_async_context(parts(settings, SystemClock()))
        service = await intake.build(kit)
        kit.services.append(service)
        ending.push_async_callback(service.pool.close)
        rules = Rules(kit.directory, kit.policies.current, True, reading("a", kit.directory))  # noqa: FBT003
        desk = intake.desk_beside(kit.keyring, rules, kit.clock, RandomIds(kit.clock))
        async with transaction(service.pool) as db:
            person_ref, _ = await desk.vault.register(db, Identity(**inmate().identity()))
        own, app = Address(), api.build(kit, await ending.enter_async_context(access.opened(kit)))
        await ending.enter_async_context(connect_ports(kit, own))
        own.url = await ending.enter_async_context(serving(app, 0))
        record = await kit.ports["own_record"](person_ref)
        assert record["groups"]["F2"]["name"]
        with pytest.raises(Refused, match="not_found"):
            await kit.ports["own_record"]("01NOBODY")
        async with httpx.AsyncClient(base_url=own.url) as http:
            for actor, status in ((Actor(person_ref, "PERSON", ""), 401), (HUB, 200)):
                headers = {"Authorization": f"Bearer {kit.tokens.issue(actor)}"}
                answer = await http.post(COPIES, json={"person_ref": person_ref}, headers=headers)
                assert answer.status_code == status
