"""What the stores say of each notice, beside what its rows were answered; imports nothing from the services."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.support.checker import Fed

OPENING = {"accepted": "ReleaseNoticeReceived", "revised": "ReleaseDateChanged"}
ROUTED = ("JurisdictionResolved", "JurisdictionUnresolved", "LegalBasisMissing")
OF_NOTICE = frozenset({*OPENING.values(), *ROUTED})


def notices_have_their_facts_once(events: Sequence[Fed], receipts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every accepted or revised notice has its facts once, every other row none of its own.

    An accepted one says once where it goes; a revision does so only where the place changed.

    `receipts`: notice_no, revision, person_ref and the first outcome that each row ever had. A fact of a notice bears
    the notice's revision; each person has one notice here.
    """
    facts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for event in events:
        if event.revision is not None and event.name in OF_NOTICE:
            facts[event.key, event.revision][event.name] += 1
    taken = [receipt for receipt in receipts if receipt["outcome"] in OPENING]
    wrong = [text for receipt in taken for text in _of_notice(receipt, facts)]
    known = {(receipt["person_ref"], receipt["revision"]) for receipt in taken}
    return wrong + [
        f"person {p} has facts of revision {r} that no row brought" for p, r in sorted(facts.keys() - known)
    ]


def _of_notice(receipt: Mapping[str, Any], facts: Mapping[tuple[str, int], Counter[str]]) -> list[str]:
    said = facts.get((receipt["person_ref"], receipt["revision"]), Counter())
    routed, fewest = sum(said[name] for name in ROUTED), int(receipt["outcome"] == "accepted")
    if said[OPENING[receipt["outcome"]]] == 1 and fewest <= routed <= 1 and max(said.values()) == 1:
        return []
    what = f"notice {receipt['notice_no']} revision {receipt['revision']} {receipt['outcome']}"
    return [f"{what} has {dict(said)}"]
