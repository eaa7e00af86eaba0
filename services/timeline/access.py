"""Who may read what of the timeline: pure rules over the asker, the person's organisations and the directory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from services.reference.organisations import Organisations

Sight: TypeAlias = Literal["whole", "names"]
"""`names`: that something happened and when, without a sentence about it."""


def sight_of(actor: Actor, person_ref: str, related: Iterable[str], directory: Organisations) -> Sight:
    """How much of a person's timeline an asker sees; to everybody else the person does not exist (404)."""
    if actor.role == "OPS":
        return "names"
    if actor.role == "AUDITOR" or (actor.role == "PERSON" and actor.name == person_ref):
        return "whole"
    if actor.role != "PERSON" and actor.org in circle(related, directory):
        return "whole"
    raise Refused("not_found", status=404)


def circle(related: Iterable[str], directory: Organisations) -> frozenset[str]:
    """Organisations with a part in a person's affairs, those over them, and the street office of a station."""
    found: set[str] = set()
    for org in related:
        office = directory.street_office_of(org)
        found |= {org, *directory.parents(org), *([office.org_id] if office else [])}
    return frozenset(found)


def may_list_inbox(actor: Actor, org_id: str, directory: Organisations) -> None:
    """Refuses an unknown organisation (404) and everybody but its own people, those over it and OPS (403)."""
    if directory.get(org_id) is None:
        raise Refused("not_found", status=404)
    if actor.role != "OPS" and actor.org not in {org_id, *directory.parents(org_id)}:
        raise Refused("not_your_organisation", status=403)
