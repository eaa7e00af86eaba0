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
from services.reference.agreement_versions import ReadAgreements
from services.reference.organisations import Organisations
from services.reference.policy import Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """What messages are judged by. `synthetic`: persons are made up, and real resident numbers refused; else real."""

    organisations: Organisations
    policy: Policy
    synthetic: bool
    agreements: ReadAgreements


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Intake's parts behind its doors."""

    rules: Rules
    store: Store
    clock: Clock
    ids: Ids
    vault: Vault
    facts: Facts
    reception: Reception
    answers: Answers
    asking: Asking
    sequences: Sequences

    @property
    def organisations(self) -> Organisations:
        """The city's."""
        return self.rules.organisations


def open_desk(store: Store, locker: Locker, rules: Rules, clock: Clock, ids: Ids) -> Desk:
    """Wire the parts."""
    organisations, agreements = rules.organisations, rules.agreements
    vault = Vault(locker, ids, clock)
    conflicts = Conflicts(store, ids)
    answers = Answers(store, locker.blind_index)
    waiting = WaitingRoom(locker, ids)
    asking = Asking(waiting, answers, clock, rules.policy)
    facts = Facts(
        store=store,
        vault=vault,
        ids=ids,
        conflicts=conflicts,
        waiting=waiting,
        asking=asking,
        answers=answers,
        organisations=organisations,
    )
    reception = Reception(
        store=store,
        vault=vault,
        conflicts=conflicts,
        facts=facts,
        organisations=organisations,
        agreements=agreements,
        clock=clock,
    )
    return Desk(
        rules=rules,
        store=store,
        clock=clock,
        ids=ids,
        vault=vault,
        facts=facts,
        reception=reception,
        answers=answers,
        asking=asking,
        sequences=Sequences(store),
    )
