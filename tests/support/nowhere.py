"""How a record about a handover that there is not must be refused, from the copied table of senders alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.handover.domain.words import Sender
from services.reference.organisations import Organisations

TABLE = Path(__file__).parents[1] / "golden" / "actors.yaml"
WALK_IN_TYPES = {"STN", "STREET", "RSP"}


@cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TABLE.read_text("utf-8"))
    return found


def refusal(event: str, by: Sender, organisations: Organisations) -> str:
    """As one of somebody else's, but to those who may send it about everybody."""
    lines = [line for line in table()["sends"] if event in line["facts"] and by.role in line["by"]]
    if not lines:
        return "actor_not_allowed"
    return (
        "unknown_handover"
        if any(_everywhere(line["org"], by, organisations) for line in lines)
        else ("not_your_organisation")
    )


def _everywhere(relation: str, by: Sender, organisations: Organisations) -> bool:
    wanted, kind = table()["roles"][by.role]["org_type"], organisations.type_of(by.org)
    if wanted is not None and kind != wanted:
        return False
    if relation == "any_station":
        return kind in WALK_IN_TYPES
    if relation == "hub":
        return kind == "CGS"
    return (relation == "competent" and wanted is not None) or (relation == "parent" and kind == "CGS")
