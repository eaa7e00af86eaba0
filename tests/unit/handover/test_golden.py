"""The golden interpreter and `decide` agree on every state (and none) × event × role × own or other organisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from services.handover.domain.actors import shipped_actors
from services.handover.domain.senders import may_send
from services.handover.domain.table import shipped_table
from services.handover.domain.words import Input, Sender
from tests.golden import interpreter
from tests.unit.handover.pair import ORGS, Pair, Variant
from tests.unit.handover.variants import (
    NAMES,
    OTHERS,
    SIGNED,
    TIMERS,
    TWO,
    VARIANTS,
    at_station,
    notice,
    order,
    release,
    v,
)
from tests.unit.handover.world import CENTRE, FAR_STATION, LEAD, ORGANISATIONS, OTHER_STATION, STATION, STREET

TABLE = shipped_table()
ROLES = tuple(shipped_actors().roles)
NAMED = sorted(TABLE.inputs | TABLE.facts)
HUB_ORGS = {"HUB", "OPS", "AUDITOR"}
Build = Callable[[], Pair]


def offered(basis: str = "AGREEMENT", station: str = STATION) -> Pair:
    pair = Pair()
    pair.tell(notice(basis))
    pair.tell(at_station("JurisdictionResolved", station, ground="HUKOU"))
    return pair


def accepted(basis: str = "AGREEMENT") -> Pair:
    station = "A-RSP" if basis == "PRISON" else STATION
    pair = offered(basis, station)
    pair.tell(v("HandoverAccepted"), Sender("rsp/1", "RESETTLEMENT", station) if basis == "PRISON" else LEAD)
    return pair


def ordered(pair: Pair) -> Pair:
    pair.tell(order("O-1"))
    return pair


def ready(pair: Pair) -> Pair:
    pair.tell(v("EarlyContactRecorded"))
    pair.tell(v("ReleasePlanConfirmed"))
    return pair


def released(pair: Pair) -> Pair:
    pair.until("2026-04-01")
    pair.tell(release())
    return pair.until("2026-04-02T12:00")


def told(pair: Pair, *variants: Variant) -> Pair:
    for variant in variants:
        pair.tell(variant)
    return pair


def waiting(basis: str = "AGREEMENT", *, served: bool = False) -> Pair:
    return released(ordered(accepted(basis)) if served else accepted(basis))


def forced(pair: Pair, name: str) -> Pair:
    """A timer that this track never arms, armed all the same; only its guard is left to stop it."""
    saga = pair.world.known
    timer = replace(saga.timers["T_L2"], name=name, ordinal=TABLE.timers[name].ordinal)
    pair.world.saga = replace(saga, timers={**saga.timers, name: timer}, numbers={**saga.numbers, name: 1})
    assert pair.memory is not None
    pair.memory["armed"] |= {name}
    return pair


def reported(pair: Pair) -> Pair:
    return told(pair, at_station("PersonReported", at=pair.world.now, identity_check=True))


def held(pair: Pair, reason: str = "MEDICAL") -> Pair:
    return told(pair, v("HoldPlaced", {"reason": reason}, reason=reason)).days(2)


def signed() -> Pair:
    pair = waiting("ORDER", served=True).until("2026-04-20")
    return told(pair, v("StatutoryNoticeSigned", TWO, officials=NAMES, **SIGNED)).days(1)


PAPERS = (
    v("DocumentDelivered", {"paper": "ORDER"}, doc_type="ORDER_COPY"),
    v("DocumentDelivered", {"paper": "CERT"}, doc_type="RELEASE_CERTIFICATE"),
    v("AssessmentSummaryPublished"),
    v("AgreementSigned", {"type": "CRH"}, type="CRH"),
    v("AgreementSigned", {"type": "AFTERCARE"}, type="AFTERCARE"),
    v("WorkerAssigned", worker_ref="worker/1"),
    v("SupportLevelSet", level="FOCUS"),
    v("VisitRecorded", visit_id="V-1", next_at="2026-05-01T09:00:00+08:00"),
    v("TestScheduled", test_id="T-1"),
    v("NoticeGiven", notice_version="2026.1"),
    v("NeedsAssessed"),
    v("ConsentGiven", {"consent": "K-1", "purpose": "AFTERCARE"}, consent_id="K-1", purpose="AFTERCARE"),
)

SAME_DOORS = frozenset({  # who may come in is the same as in another scene
    "noticed without a ground", "noticed, order expected", "offered for long", "accepted, ordered", "ready, ordered",
    "waiting, order expected", "waiting unassigned", "waiting at the third rung", "waiting, disputed",
    "waiting for ever", "waiting on the first day", "offered, ground gone", "timers of another track",
    "timers of a voluntary person", "reported late", "held while offered", "held in ready",
    "held in ready, date moved", "not engaged, never released", "cancelled after release",
})  # fmt: skip
STATES: dict[str, Build] = {
    "none": Pair,
    "noticed": lambda: told(Pair(), notice("AGREEMENT")),
    "noticed without a ground": lambda: told(Pair(), notice("NONE")),
    "noticed, order expected": lambda: told(Pair(), notice("NONE", order_expected="Y")),
    "declined twice": lambda: told(
        offered(),
        v("HandoverDeclined", {"reason": "WRONG_JURISDICTION"}, reason="WRONG_JURISDICTION"),
        at_station("JurisdictionResolved", OTHER_STATION, ground="HUKOU"),
        v("HandoverDeclined", {"reason": "WRONG_JURISDICTION"}, reason="WRONG_JURISDICTION"),
        at_station("JurisdictionResolved", FAR_STATION, ground="HUKOU"),
    ),
    "offered": offered,
    "offered to resettlement": lambda: offered("PRISON", "A-RSP"),
    "offered for long": lambda: offered().days(6),
    "offered, ground gone": lambda: told(
        Pair(),
        notice("NONE"),
        v("AgreementSigned", {"type": "AFTERCARE"}, type="AFTERCARE"),
        at_station("JurisdictionResolved", ground="HUKOU"),
        v("AgreementEnded", outcome="EXPIRED"),
    ),
    "accepted": accepted,
    "accepted, ordered": lambda: ordered(accepted("ORDER")),
    "accepted by resettlement": lambda: accepted("PRISON"),
    "early contact": lambda: told(accepted(), v("EarlyContactRecorded")),
    "ready": lambda: ready(accepted()),
    "ready, ordered": lambda: ready(ordered(accepted("ORDER"))),
    "ready, reassigned": lambda: told(ready(accepted()), at_station("StationReassigned", FAR_STATION)),
    "waiting, voluntary": waiting,
    "waiting on the first day": lambda: told(accepted().until("2026-04-01"), release()).until("2026-04-02T08:00"),
    "timers of another track": lambda: forced(forced(waiting("PRISON"), "T_L3A"), "T_DEADLINE"),
    "timers of a voluntary person": lambda: forced(waiting("ORDER", served=True), "T_VOL_CLOSE"),
    "waiting, ordered": lambda: waiting("ORDER", served=True),
    "waiting, order expected": lambda: waiting("ORDER"),
    "waiting, prison": lambda: waiting("PRISON"),
    "waiting, two orders": lambda: told(
        waiting("ORDER", served=True), order("O-3", f"{FAR_STATION}-STREET", "2026-04-02T12:00:00+08:00")
    ).days(1),
    "waiting unassigned": lambda: released(told(Pair(), notice("AGREEMENT"))),
    "waiting, offered": lambda: released(offered()),
    "waiting, agreed on a day": lambda: told(
        waiting(), v("ContactMade", {"agreed_date": "2026-04-05"}, result="TALKED", agreed_date="2026-04-05")
    ),
    "waiting at the first rung": lambda: waiting("ORDER", served=True).until("2026-04-04T12:00"),
    "waiting at the third rung": lambda: waiting("ORDER", served=True).until("2026-04-11T12:00"),
    "waiting in the grace": lambda: waiting("ORDER", served=True).until("2026-04-17T12:00"),
    "waiting after the grace": lambda: waiting("ORDER", served=True).until("2026-04-18T12:00"),
    "waiting, disputed": lambda: told(waiting("ORDER", served=True), v("DisputeRaised")).until("2026-04-20"),
    "waiting for ever": lambda: waiting("ORDER", served=True).until("2026-05-03"),
    "waiting, district answers": lambda: told(
        waiting("ORDER", served=True),
        at_station("StationReassigned", OTHER_STATION),
        v("HandoverDeclined", {"reason": "CAPACITY"}, reason="CAPACITY"),
    ).days(2),
    "statutory": signed,
    "reported": lambda: reported(waiting()),
    "reported, ordered": lambda: reported(waiting("ORDER", served=True)),
    "reported with all papers": lambda: told(reported(waiting("ORDER", served=True)), *PAPERS),
    "reported voluntarily with all papers": lambda: told(reported(waiting()), *PAPERS),
    "reported late": lambda: reported(signed()),
    "reported before release": lambda: reported(ready(accepted())),
    "walked in": lambda: told(Pair(), at_station("PersonReported", at="2026-03-02T09:00:00+08:00")),
    "held before routing": lambda: held(told(Pair(), notice("AGREEMENT"))),
    "held while offered": lambda: held(offered()),
    "held, then routed": lambda: told(
        held(told(Pair(), notice("AGREEMENT"))), at_station("JurisdictionResolved", ground="HUKOU")
    ),
    "held in ready": lambda: held(ready(accepted())),
    "extended in ready": lambda: told(ready(accepted()), v("CidExtended", decision_no="D", new_end_date="2026-09-01")),
    "held in ready, date moved": lambda: told(
        held(ready(accepted())), v("ReleaseDateChanged", notice_no="N-1", new_date="2026-06-01")
    ),
    "held while waiting": lambda: held(waiting("ORDER", served=True)),
    "held past the deadline": lambda: held(waiting("ORDER", served=True)).until("2026-04-21"),
    "held after the report": lambda: held(reported(waiting())),
    "completed": lambda: told(reported(waiting()), *PAPERS, v("OnboardingCompleted")),
    "not engaged": lambda: waiting().days(60),
    "not engaged, never released": lambda: told(accepted(), v("AftercareDeclined")),
    "redirected": lambda: told(accepted(), v("RelocationAcceptedOtherHub")),
    "in custody": lambda: told(waiting(), v("CustodyConfirmed", {"kind": "PRISON"}, kind="PRISON")),
    "deceased": lambda: told(accepted(), v("DeathConfirmed")),
    "cancelled": lambda: told(accepted(), v("ReleaseNoticeWithdrawn", notice_no="N-1", reason="ERROR")),
    "cancelled after release": lambda: told(waiting(), v("OpsClosed", TWO, officials=NAMES)),
    "left to the authority": lambda: told(signed(), v("AuthorityOutcomeRecorded", outcome_code="CONTACTED")),
}
SCENES = tuple(STATES)
COMMAND_SCENES = tuple(name for name in SCENES if name not in SAME_DOORS)


ALLOWED = {(event, role) for event in NAMED for line in shipped_actors().lines(event) for role in line.by}


@cache
def scene_of(name: str) -> Pair:
    return STATES[name]()


def test_the_interpreter_is_short_and_knows_nothing_of_the_hub() -> None:
    text = Path(interpreter.__file__).read_text("utf-8")
    assert len(text.splitlines()) <= 400
    assert "services" not in text
    assert "schemas" not in text


def test_the_scenes_stand_in_every_state_on_every_track() -> None:
    sagas = [pair.world.saga for pair in (STATES[name]() for name in SCENES)]
    assert {saga.state for saga in sagas if saga} == set(shipped_table().states)
    assert {saga.track for saga in sagas if saga} == {"ORDERED", "VOLUNTARY", "PRISON"}


def test_every_input_has_a_variant() -> None:
    assert {one.name for one in VARIANTS} == shipped_table().inputs | shipped_table().facts


def test_the_copies_are_the_tables_that_the_hub_ships() -> None:
    for name in ("handover-saga.yaml", "actors.yaml"):
        shipped = resources.files("services.handover.domain").joinpath(name).read_bytes()
        assert (Path(interpreter.__file__).parent / name).read_bytes() == shipped


def test_the_questions_cover_every_state_event_role_and_organisation() -> None:
    """What the next tests ask is the whole product: no state, event, role, own or other organisation is left out."""
    asked_in = {pair.world.saga.state if pair.world.saga else "none" for pair in map(scene_of, COMMAND_SCENES)}
    assert asked_in == {*TABLE.states, "none"}
    assert {one.name for one in VARIANTS if "officials" not in one.data} == TABLE.inputs | TABLE.facts
    assert set(TIMERS) == set(TABLE.timers)
    for role, org_type in shipped_actors().roles.items():
        types = {ORGS[org][0] if org in ORGS else None for org in organisations_for(role)}
        assert len(types) > 1 or role in HUB_ORGS, role
        assert org_type is None or org_type in types | {"LABOUR", "WINDOW", "EDU", "HOUSING", "LEGALAID", "CC"}


def test_every_allowed_role_is_asked_in_its_own_and_in_another_organisation() -> None:
    """For each event and role that the table of senders names: somewhere it may, somewhere the organisation may not."""
    seen: dict[tuple[str, str], set[bool]] = {}
    every = [(role, org) for role in ROLES for org in organisations_for(role)]
    for pair in map(scene_of, COMMAND_SCENES):
        for variant in VARIANTS:
            for role, org in (one for one in every if (variant.name, one[0]) in ALLOWED):
                given = Input(variant.name, "-", pair.world.now, pair.world.now, variant.data)
                code = may_send(given, sender_of(role, org), pair.world.saga, ORGANISATIONS)
                seen.setdefault((variant.name, role), set()).add(code is None)
    assert {key for key, answers in seen.items() if answers != {True, False}} == set()
    assert set(seen) == ALLOWED


@pytest.mark.parametrize("scene", SCENES)
def test_they_agree_on_every_fact_and_every_timer(scene: str) -> None:
    base = STATES[scene]()
    for variant in (*VARIANTS, *OTHERS):
        base.copy().tell(variant)
    for name in TIMERS:
        base.copy().fire(name)


def organisations_for(role: str) -> list[str]:
    """Every organisation of the role's own type, and one of another."""
    org_type = shipped_actors().roles[role]
    if role in HUB_ORGS:
        return ["A", "B"]
    own = [org for org, facts in ORGS.items() if facts[0] == org_type]
    return [*(own or ["P-1", "P-2", STATION]), CENTRE if role != "DETOX_CENTRE" else STATION]


def sender_of(role: str, org: str) -> Sender:
    """Somebody of that organisation; a person comes in their own name."""
    return Sender(org if role == "PERSON" else f"{org}/1", role, org)


@pytest.mark.parametrize("scene", COMMAND_SCENES)
def test_they_agree_on_every_command_of_every_role_and_organisation(scene: str) -> None:
    base = STATES[scene]()
    for role in ROLES:
        for org in organisations_for(role):
            for variant in VARIANTS:
                if "officials" not in variant.data:
                    base.copy().tell(variant, sender_of(role, org))


@pytest.mark.parametrize("scene", SCENES)
def test_they_agree_on_two_officials(scene: str) -> None:
    base = STATES[scene]()
    for variant in VARIANTS:
        for role, org in (("STREET_OFFICER", STREET), ("OPS", "A")):
            pair = base.copy()
            for number in (1, 1, 2):
                if "officials" not in variant.data:
                    pair.tell(variant, Sender(f"{org}/{number}", role, org))
