"""Who may use which route about what: a line per route, written by hand from specification §3.2, §3.4.1 and §3.9.

A new route needs a line here, else the matrix fails. Roles are separated by blanks; a role may carry the status that it
gets (`WORKER=409`), else it is 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

NOBODY: Final = "ANONYMOUS"
ORGANISATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "DETOX_CENTRE": ("A-CENTRE-1", "A-CENTRE-2"),
    "PRISON": ("A-PRISON", "A-PRISON"),
    "DECISION_ORGAN": ("A-POLICE-DECISION", "A-POLICE-DECISION"),
    "COMMUNITY_POLICE": ("A04-POLICE", "A01-POLICE"),
    "STREET_OFFICER": ("A04-S011-STREET", "A01-S003-STREET"),
    "STATION_LEAD": ("A04-S011", "A01-S003"),
    "WORKER": ("A04-S011", "A01-S003"),
    "DISTRICT_LEAD": ("A04", "A01"),
    "CITY_LEAD": ("A", "B"),
    "CLINIC": ("A-CLINIC-4", "A-CLINIC-1"),
    "LABOUR_BUREAU": ("A-LABOUR", "A-LABOUR"),
    "WINDOW": ("A04-WINDOW", "A01-WINDOW"),
    "EDUCATION": ("A-EDU", "A-EDU"),
    "HOUSING": ("A-HOUSING", "A-HOUSING"),
    "LEGAL_AID": ("A-LEGALAID", "A-LEGALAID"),
    "CORRECTIONS": ("A-CC", "A-CC"),
    "RESETTLEMENT": ("A-RSP", "A-RSP"),
    "PERSON": ("", ""),
    "CONTACT": ("", ""),
    "OPS": ("", ""),
    "AUDITOR": ("", ""),
    "HUB": ("", ""),
    NOBODY: ("", ""),
}
"""Of each role the organisation that has to do with the person (or could), and another one."""

SERVING: Final = "DETOX_CENTRE WORKER STATION_LEAD STREET_OFFICER DISTRICT_LEAD CITY_LEAD PERSON"
"""Whose own organisation has a part in an ordered person's accepted handover; the person themselves."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a route answers. `empty` is an answer without items or groups.

    `own`: with a part in it; `all`: whatever the organisation; `missing`: what those of `all` get where there is no
    such thing, one for all or by role; `second`: what a second one
    of `all` gets where it takes two; `else_`: everybody else. `secret`: to everybody else, what there is and what
    there is not look the same; where that is no secret, `nothing` is what they get.
    """

    own: str = ""
    all: str = ""
    else_: str = "403"
    second: str = ""
    missing: str = "404"
    nothing: str = ""
    secret: bool = True
    anonymous: str = "401"
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def expected(self, role: str, *, own: bool, there: bool) -> str:
        """The outcome for a role whose organisation has a part, about something that there is."""
        if role == NOBODY:
            return self.anonymous
        everywhere, with_part = outcomes(self.all if own else f"{self.all} {self.second}"), outcomes(self.own)
        if role in everywhere:
            return everywhere[role] if there else outcomes(self.missing).get(role, self.missing)
        if own and there and role in with_part:
            return with_part[role]
        return self.else_ if there or self.secret else self.nothing


def outcomes(words: str) -> dict[str, str]:
    """The outcome by role."""
    pairs = (word.partition("=") for word in words.split())
    return {role: outcome or "200" for role, _, outcome in pairs}


EVERYBODY: Final = " ".join(role for role in ORGANISATIONS if role != NOBODY)
OPEN: Final = Line(all=EVERYBODY, anonymous="200", missing="200")
FORM: Final = Line(else_="403", anonymous="403")
"""Refused as what another site sent, or for want of a provider: signing in asks for no token."""
RECORD: Final = {"type": "ContactMade", "data": {}}
NOTICE: Final = {
    "centre_id": "A-CENTRE-1",
    "notice_no": "N-MATRIX",
    "planned_release_date": "2026-03-20",
    "basis": "ORDER",
    "identity": {"name": "合成甲", "sex": "M", "resident_id": "1"},
}
WALK_IN: Final = {"person_ref": "01NOBODY", "actor": "w", "role": "CLINIC", "org": "A-CLINIC-4"}
STANDING: Final = {"person_ref": "01NOBODY", "actor": "w", "role": "WORKER", "org": "A04-S011"}

ROUTES: Final[Mapping[str, Line]] = {
    "GET /livez": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /api/v1/openapi.json": OPEN,
    "HEAD /api/v1/openapi.json": OPEN,
    "GET /auth/sign-in": OPEN,
    "GET /auth/style.css": OPEN,
    "POST /auth/sign-in": FORM,
    "GET /auth/callback": FORM,
    "GET /auth/session": Line(all=EVERYBODY),
    "POST /auth/session": Line(else_="401"),
    "POST /auth/sign-out": Line(else_="401"),
    "GET /api/v1/clock": Line(all=EVERYBODY),
    "POST /api/v1/clock": Line(all="OPS=422", body={}),
    "GET /api/v1/quiet": Line(all="OPS"),
    "GET /api/v1/parked": Line(all="OPS=empty"),
    "POST /api/v1/parked/{parked_id}/retry": Line(all="OPS=404"),
    "POST /api/v1/parked/{parked_id}/discard": Line(all="OPS=404", body={"reason": "test"}),
    "POST /api/v1/verify": Line(all="OPS AUDITOR"),
    "POST /api/v1/verify/audit": Line(all="OPS AUDITOR", body={}),
    "POST /api/v1/rebuild": Line(all="OPS=404", body={"projection": "none"}),
    "GET /api/v1/kpi": Line(own="CITY_LEAD", all="OPS AUDITOR DISTRICT_LEAD"),
    "GET /api/v1/ledger": Line(all="AUDITOR=empty DISTRICT_LEAD=422"),
    "GET /api/v1/trace/{any_id}": Line(all="OPS AUDITOR"),
    "GET /api/v1/stations/{org_id}/inbox": Line(
        own="WORKER STATION_LEAD DISTRICT_LEAD CITY_LEAD", all="OPS", nothing="404", secret=False
    ),
    "GET /api/v1/handovers": Line(own=SERVING, all="OPS AUDITOR", else_="empty", missing="empty"),
    "GET /api/v1/handovers/{handover_id}": Line(own=SERVING, all="OPS AUDITOR", else_="404"),
    "POST /api/v1/handovers/{handover_id}/records": Line(
        own="WORKER=409 STATION_LEAD=409", body=RECORD, headers={"If-Match": '"999"'}
    ),
    "POST /api/v1/handovers/walk-ins": Line(all="HUB=403", body=WALK_IN),
    "POST /api/v1/handovers/standings": Line(all="HUB", body=STANDING),
    "POST /api/v1/handovers/histories": Line(all="HUB", missing="200", body={"person_ref": "01NOBODY"}),
    "GET /api/v1/people/{person_ref}": Line(own=SERVING, all="OPS", else_="404"),
    "POST /api/v1/people/copies": Line(all="HUB=404", body={"person_ref": "01NOBODY"}),
    "GET /api/v1/people/{person_ref}/groups": Line(own=SERVING, all="OPS", else_="empty", missing="empty"),
    "GET /api/v1/people/{person_ref}/timeline": Line(own=SERVING, all="OPS AUDITOR", else_="404"),
    "POST /api/v1/people/{person_ref}/requests": Line(
        own="WORKER STATION_LEAD STREET_OFFICER PERSON DISTRICT_LEAD=403 CITY_LEAD=403 DETOX_CENTRE=403",
        all="OPS=403 AUDITOR=403",
        else_="404",
        body={"kind": "ACCESS"},
    ),
    "GET /api/v1/people/{person_ref}/requests": Line(
        own="WORKER STATION_LEAD STREET_OFFICER PERSON DISTRICT_LEAD CITY_LEAD=403 DETOX_CENTRE=403",
        all="OPS=403 AUDITOR=403",
        else_="404",
    ),
    "POST /api/v1/people/{person_ref}/requests/{request_no}/answer": Line(
        own="CITY_LEAD=403 DETOX_CENTRE=403", all="OPS=403 AUDITOR=403", else_="404", body={"outcome": "GRANTED"}
    ),
    "GET /api/v1/people/{person_ref}/copy": Line(own="PERSON=409", else_="404"),
    "GET /api/v1/people/{person_ref}/copy/text": Line(own="PERSON=409", else_="404"),
    "POST /api/v1/people/{person_ref}/sealing": Line(
        own="DISTRICT_LEAD=409 PERSON=409",
        all="OPS=202 HUB=409",
        second="OPS=409",
        else_="404",
        missing="OPS=202 HUB=404",
    ),
    "POST /api/v1/people/{person_ref}/erasure": Line(
        own="DISTRICT_LEAD=409",
        all="OPS=202 HUB=409",
        second="OPS=409",
        else_="404",
        missing="OPS=202 HUB=404",
        body={"ground": "CONSENT_WITHDRAWN"},
    ),
    "POST /api/v1/sealed/{person_ref}/reads": Line(all="AUDITOR=422", missing="422", body={}),
    "GET /api/v1/sealed/{person_ref}": Line(all="AUDITOR=404"),
    "GET /api/v1/intake/keys": Line(all=EVERYBODY),
    "POST /api/v1/intake/notices": Line(own="DETOX_CENTRE", body=NOTICE),
    "POST /api/v1/intake/reports": Line(all="WORKER=422 STATION_LEAD=422 STREET_OFFICER=422 RESETTLEMENT=422", body={}),
    "POST /api/v1/intake/facts": Line(all="HUB=422", body={}),
}
