"""A case as JSON and back: how the projection keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.timeline.domain.kpi_case import Case, End, Revoked, day
from services.timeline.domain.kpi_place import Place


def written(case: Case) -> dict[str, Any]:
    """A case as JSON."""
    return {name: _plain(getattr(case, name)) for name in Case.__dataclass_fields__}


def read(stored: Mapping[str, Any]) -> Case:
    """A case back from JSON."""
    days = {name: day(stored[name]) for name in ("released", "deadline", "reported", "held")}
    end, revoked, before = stored["end"], stored["revoked"], stored["before_report"]
    return Case(
        **{
            **stored,
            **days,
            "place": Place(**stored["place"]),
            "before_report": Place(**before) if before else None,
            "end": End(end["state"], end["cause"], date.fromisoformat(end["on"])) if end else None,
            "revoked": Revoked(date.fromisoformat(revoked["on"]), day(revoked["deadline"])) if revoked else None,
        }
    )


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case End(state, cause, on):
            return {"state": state, "cause": cause, "on": on.isoformat()}
        case Revoked(on, deadline):
            return {"on": on.isoformat(), "deadline": _plain(deadline)}
        case Place():
            return asdict(value)
        case _:
            return value
