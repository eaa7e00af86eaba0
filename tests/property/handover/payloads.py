"""Random contents for every input of the table, as they would be posted: valid, often old, late or contradictory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.unit.handover.world import CENTRE, FAR_STATION, OTHER_STATION, STATION, STREET

Data = dict[str, Any]
STATIONS = (STATION, OTHER_STATION, FAR_STATION, "A-RSP")
BASES = ("ORDER", "AGREEMENT", "PRISON", "NONE")
WITHOUT_ORDER = ("AGREEMENT", "NONE")
HOLDS = ("MEDICAL", "RELOCATING", "OBSTACLE", "CUSTODY", "EXTENDED")


class Saying:
    """What may be said at an instant. `ordered`: whether this person may have anything to do with an order."""

    def __init__(self, chance: Random, now: datetime, *, ordered: bool) -> None:
        self.chance = chance
        self.now = now
        self.ordered = ordered

    @property
    def when(self) -> str:
        """Now, or some days ago."""
        return (self.now - timedelta(days=self.chance.choice((0, 0, 0, 3)))).isoformat()

    @property
    def day(self) -> str:
        """A day nearby."""
        return (self.now + timedelta(days=self.chance.randint(-3, 40))).date().isoformat()

    def any(self, *of: Any) -> Any:  # noqa: ANN401 - payload values
        """One of them."""
        return self.chance.choice(of)

    @property
    def perhaps(self) -> bool:
        """Yes or no."""
        return self.chance.choice((True, False))

    @property
    def mostly(self) -> bool:
        """Rather yes."""
        return self.chance.choice((True, True, False))

    def data(self, name: str) -> Data:
        """A payload of that event; empty where it needs none."""
        say = WORDS.get(name)
        return dict(say(self)) if say else {}


def _notice(say: Saying) -> Mapping[str, Any]:
    return {
        "notice_no": say.any("N-1", "N-2"),
        "revision": say.any(1, 2),
        "centre_id": CENTRE,
        "source_org": CENTRE,
        "episode_no": say.any("1", "1", "2"),
        "basis": say.any(*(BASES if say.ordered else WITHOUT_ORDER)),
        "order_expected": say.any("Y", "N", "U") if say.ordered else "N",
        "planned_release_date": say.any(say.day, say.day, None),
    }


def _order(say: Saying) -> Mapping[str, Any]:
    street = say.any(STREET, STREET, f"{FAR_STATION}-STREET")
    paper = {"order_kind": "CRH", "order_no": say.any("O-1", "O-2")}
    return {**paper, "served_at": say.when, "executing_street": street}


def _statutory(say: Saying) -> Mapping[str, Any]:
    return {"notice_no": say.any("S-1", "S-1", "S-2"), "legal_ground": "戒毒条例21", "facts": {"order_no": "O-1"}}


def _contact(say: Saying) -> Mapping[str, Any]:
    agreed, obstacle = say.any(None, say.day), say.any(None, None, "TRANSPORT")
    return {"result": "TALKED", "agreed_date": agreed, "obstacle_code": obstacle}


WORDS: Mapping[str, Callable[[Saying], Mapping[str, Any]]] = {
    "AgreementEnded": lambda say: {"outcome": say.any("EXPIRED", "RENEWED")},
    "AgreementSigned": lambda say: {"type": say.any("AFTERCARE", "CRH"), "no": say.any("A-1", "A-2")},
    "AuthorityOutcomeRecorded": lambda _: {"outcome_code": "CONTACTED"},
    "CidExtended": lambda say: {"decision_no": "D-1", "new_end_date": say.day},
    "ConsentGiven": lambda say: {"consent_id": say.any("K-1", "K-2"), "purpose": say.any("AFTERCARE", "CLINIC")},
    "ConsentWithdrawn": lambda say: {"consent_id": say.any("K-1", "K-2", "ALL")},
    "ContactMade": _contact,
    "CustodyConfirmed": lambda say: {"kind": say.any("DETAINED", "ARRESTED", "PRISON", "CID_AGAIN")},
    "DisputeRaised": lambda _: {"kind": "CORRECT", "request_no": "R-1"},
    "DisputeResolved": lambda _: {"kind": "CORRECT", "request_no": "R-1"},
    "DistrictAssigned": lambda say: {"station_id": say.any(*STATIONS)},
    "DocumentDelivered": lambda say: {"doc_type": say.any("ORDER_COPY", "RELEASE_CERTIFICATE", "D-07")},
    "HandoverDeclined": lambda say: {
        "reason": say.any("WRONG_JURISDICTION", "CAPACITY"),
        "proposed_station": say.any(None, OTHER_STATION, FAR_STATION),
    },
    "HoldLifted": lambda say: {"reviewed_by": say.any(None, "lead/1")},
    "HoldPlaced": lambda say: {"reason": say.any(*HOLDS)},
    "JurisdictionResolved": lambda say: {"station_id": say.any(*STATIONS), "ground": "HUKOU"},
    "JurisdictionUnresolved": lambda say: {"outcome": say.any("EXTERNAL", "UNKNOWN")},
    "LegalBasisMissing": lambda _: {"missing": "CONSENT"},
    "MeasureChanged": lambda say: {"from": "CID", "to": say.any("CRH", "NONE", "CDT"), "effective_at": say.when},
    "NoticeGiven": lambda _: {"notice_version": "2026.1"},
    "OnboardingCompleted": lambda say: {"without_agreement": say.perhaps},
    "OrderRevoked": lambda say: {"order_no": say.any("O-1", "O-2"), "reason": "ERROR"},
    "OrderServed": _order,
    "PersonRegistered": lambda _: {"vault_ptr": "vault://p/1", "match_quality": "NEW", "origin": "NOTICE"},
    "PersonReleased": lambda say: {"notice_no": say.any("N-1", "N-1", None), "released_at": say.when},
    "PersonReported": lambda say: {"at": say.when, "station_id": say.any(*STATIONS), "identity_check": True},
    "ReleaseDateChanged": lambda say: {"notice_no": say.any("N-1", "N-2"), "new_date": say.day},
    "ReleaseNoticeReceived": _notice,
    "ReleaseNoticeWithdrawn": lambda _: {"notice_no": "N-1", "reason": "ERROR"},
    "SourceSequenceGap": lambda say: {
        "source": say.any(STATION, CENTRE), "from_seq": 1, "to_seq": 2, "closed": say.mostly
    },
    "StationReassigned": lambda say: {"station_id": say.any(*STATIONS)},
    "StatutoryNoticeSigned": _statutory,
    "StatutoryNoticeWaived": _statutory,
    "SupportLevelSet": lambda _: {"level": "FOCUS"},
    "TestScheduled": lambda _: {"test_id": "T-1"},
    "VisitConfirmed": lambda _: {"visit_id": "V-1"},
    "VisitRecorded": lambda say: {"visit_id": "V-1", "next_at": say.any(None, say.when)},
    "WorkerAssigned": lambda _: {"worker_ref": "worker/1"},
}  # fmt: skip
