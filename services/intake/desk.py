"""Everything that a front door needs to take notices and facts, wired once for a process or a command."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.answers import Answers
from services.intake.asking import Asking
from services.intake.conflicts import Conflicts
from services.intake.facts import Facts
from services.intake.reception import Reception
from services.intake.sequences import Sequences
from services.intake.vault import Locker, Vault
from services.intake.waiting import WaitingRoom
from services.kernel.clock import Clock
from services.kernel.ids import Ids
from services.kernel.store import Store
from services.reference.organisations import Organisations
from services.reference.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Intake's parts behind its doors."""

    store: Store
    clock: Clock
    ids: Ids
    organisations: Organisations
    vault: Vault
    facts: Facts
    reception: Reception
    answers: Answers
    asking: Asking
    sequences: Sequences


def open_desk(
    store: Store, locker: Locker, organisations: Organisations, policy: Policy, clock: Clock, ids: Ids
) -> Desk:
    """Wire the parts."""
    vault = Vault(locker, ids, clock)
    conflicts = Conflicts(store, ids)
    answers = Answers(store)
    waiting = WaitingRoom(locker, ids)
    asking = Asking(waiting, answers, clock, policy)
    facts = Facts(
        store=store,
        vault=vault,
        ids=ids,
        conflicts=conflicts,
        waiting=waiting,
        asking=asking,
        organisations=organisations,
    )
    reception = Reception(store=store, vault=vault, conflicts=conflicts, facts=facts, organisations=organisations)
    return Desk(
        store=store,
        clock=clock,
        ids=ids,
        organisations=organisations,
        vault=vault,
        facts=facts,
        reception=reception,
        answers=answers,
        asking=asking,
        sequences=Sequences(store),
    )
