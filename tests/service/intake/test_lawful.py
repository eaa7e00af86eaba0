"""Two officials are two humans, in whose name of an organisation they ever come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.app.openapi import unconnected
from services.intake.app import records_of
from services.intake.lawful import LawfulReads, Request
from services.kernel.errors import Refused
from services.kernel.settings import Settings
from services.kernel.tokens import Actor
from services.reference.disclosure import shipped_matrix
from tests.service.intake.conftest import Office


async def test_the_same_name_in_another_organisation_is_no_second_official(office: Office) -> None:
    reads = LawfulReads(
        records_of(replace(unconnected(), settings=Settings()), office.pool, office.desk), shipped_matrix()
    )
    asked = Request("01PERSON", "SUPERVISION_18", "SYN-D-1")
    assert await reads.sign(asked, Actor("auditor-1", "AUDITOR", "")) is None
    with pytest.raises(Refused, match="two_officials_required"):
        await reads.sign(asked, Actor("auditor-1", "AUDITOR", "A"))
    with pytest.raises(Refused, match="not_found"):
        await reads.sign(asked, Actor("auditor-2", "AUDITOR", ""))
