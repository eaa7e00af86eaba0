"""Who may read what of the timeline: the disclosure matrix over the asker's part in a person's affairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.groups import FACTS, GROUPS, INBOX_ENTRY, WHO_LOOKED, Group
from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from services.reference.disclosure import FULL, Sight, Stage, Standing
from services.reference.organisations import Organisations
from services.timeline.domain.parts import Known, Watch
from services.timeline.domain.sentences import listed, sayable

EVERYTHING: Final[Sight] = dict.fromkeys(GROUPS, FULL)
NAMES: Final = "names"
BEFORE_RELEASE: Final = frozenset({"NOTICED", "OFFERED", "ACCEPTED", "EARLY_CONTACT", "READY"})


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees a person's timeline. `bare`: names and times only; `on_record`: a row says that they looked."""

    sight: Sight
    stage: Stage = "accepted"
    bare: bool = False
    own: bool = False
    on_record: bool = True

    def lists(self, name: str) -> bool:
        """Whether a fact of that name is shown."""
        if self.bare:
            return name not in WHO_LOOKED
        return (self.own and name in WHO_LOOKED) or listed(name, self.sight, self.stage)

    def says(self, name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields that the fact's sentence may use."""
        return data if self.own else sayable(name, data, self.sight, self.stage)


def look_of(actor: Actor, known: Known, watch: Watch) -> Look:
    """How an asker sees a person's timeline; to everybody without a part the person does not exist (404).

    Sentences hold codes and dates only, nothing sealed: an auditor reads them all, with a row in the ledger first.
    """
    match actor.role:
        case "OPS":
            return Look({"F23": NAMES}, bare=True, on_record=False)
        case "AUDITOR":
            return Look(EVERYTHING)
        case "PERSON" if known.person_ref == actor.name:
            return Look(EVERYTHING, own=True, on_record=False)
    recipient = watch.matrix.recipient_of(actor.role)
    standing = watch.standing(recipient, actor.org, known) if recipient and actor.role != "PERSON" else None
    sight = watch.matrix.sight(standing)
    if standing is None or not sight:
        raise Refused("not_found", status=404)
    return Look(sight, standing.stage)


def groups_shown(names: set[str]) -> tuple[Group, ...]:
    """The groups that facts of these names are of, in order."""
    shown = {FACTS[name].group for name in names if name in FACTS}
    return tuple(group for group in GROUPS if group in shown)


def may_list_inbox(actor: Actor, org_id: str, directory: Organisations) -> None:
    """Refuses an unknown organisation (404) and everybody but its own people, those over it and OPS (403)."""
    if directory.get(org_id) is None:
        raise Refused("not_found", status=404)
    if actor.role != "OPS" and actor.org not in {org_id, *directory.parents(org_id)}:
        raise Refused("not_your_organisation", status=403)


def own_tasks(entry: dict[str, Any], actor: Actor, watch: Watch) -> dict[str, Any]:
    """An inbox entry as this reader sees it: their task (F22) whole, the process behind it (F21) as their row says."""
    recipient = watch.matrix.recipient_of(actor.role)
    sight = watch.matrix.sight(Standing(recipient, "accepted")) if recipient else {}
    if "F21" in sight:
        return entry
    kept = {"state", "state_words"} if "F22" in sight or entry["state"] in BEFORE_RELEASE else set()
    return {name: None if INBOX_ENTRY[name] == "F21" and name not in kept else value for name, value in entry.items()}
