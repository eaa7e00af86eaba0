"""Somebody reports who was not announced: the opening fact of a saga, or a record on the one that lives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from services.handover import audit, saga_store, waiting_followers
from services.handover.audit import Audited
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.handover.records import decided, judged, refused_with
from services.handover.writing import write
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.kit import Kit
from services.kernel.tokens import Actor

PORT: Final = "walk_in"
REPORT: Final = "PersonReported"


async def report_walk_in(kit: Kit, person_ref: str, actor: Actor, data: dict[str, Any]) -> str:
    """The id of the handover that the report opened or met. Raises Refused as any record does; KeyError before `build`."""
    return str(await kit.ports[PORT](person_ref, actor, data))
