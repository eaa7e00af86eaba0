"""Writes the OpenAPI document of all services and the virtual clock; with --check compares it with the committed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import schemas
from schemas.committed import keep, parser_of
from services.access import api as access
from services.app import api
from services.handover import api as handover
from services.intake import api as intake
from services.intake import people, record_api
from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.gate import Door
from services.kernel.kit import Kit
from services.kernel.service import Service
from services.reference.organisations import load_city
from services.timeline import app as timeline

COMMITTED: Final = Path(schemas.__file__).with_name("openapi.json")
STARTED: Final = datetime(2026, 1, 1, tzinfo=SHANGHAI)
NOTHING: Final[Any] = None  # routes ask for their parts when they are called, not when they are made


def text() -> str:
    """The document as it is committed: the same bytes for the same code."""
    return (
        json.dumps(api.build(unconnected(), undoored()).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def unconnected() -> Kit:
    """A kit whose services have routes and nothing behind them: no database, no broker, no keys."""
    kit = Kit(
        settings=NOTHING,
        clock=VirtualClock(STARTED),
        ids=NOTHING,
        sealer=NOTHING,
        keyring=NOTHING,
        tokens=NOTHING,
        phrases=NOTHING,
        directory=load_city("a"),
        policies=NOTHING,
        calendars=NOTHING,
        database_url="",
        kafka_bootstrap="",
    )
    routers = {
        "intake": intake.routes(NOTHING),
        "handover": handover.routes(NOTHING),
        "timeline": timeline.router_of(kit, NOTHING, NOTHING, NOTHING),
    }
    routers["intake"].include_router(people.people_routes(NOTHING))
    routers["intake"].include_router(record_api.record_routes(NOTHING))
    for name, router in routers.items():
        kit.services.append(
            Service(name=name, pool=NOTHING, store=NOTHING, blocking=NOTHING, relay=NOTHING, router=router)
        )
    return kit


def undoored() -> Door:
    """A door with its pages and nobody behind it."""
    return Door(NOTHING, pages=access.routes(NOTHING))


def main(arguments: Sequence[str] | None = None, committed: Path = COMMITTED) -> int:
    """0: written, or as committed; 1: another than the committed one under --check."""
    return keep(parser_of("services.app.openapi", __doc__), committed, text, arguments)


if __name__ == "__main__":
    sys.exit(main())
