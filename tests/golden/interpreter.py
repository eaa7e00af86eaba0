"""A second reading of `handover-saga.yaml` and `actors.yaml`, written from specification §3.4.1 alone.

It imports nothing of the hub, and knows no dates and no fields: an input is a name, a door (fact, command, timer), who
sends it and the few words that guards ask for. It answers with state, emitted names, armed timers and refusal code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


def words(text: str) -> list[str]:
    return text.split()


CODES = words("voluntary_person order_not_served deadline_not_passed grace_not_passed facts_waiting")
CODES += words("two_officials_required guard_not_met")
CARRIED = set(words("T_ROUTE T_ACCEPT_REMIND T_ACCEPT T_ACCEPT_DISTRICT T_ASSIGN T_ONBOARD T_HOLD"))
RUNG = {"T_D1": "L0", "T_D3": "L1", "T_L2": "L2", "T_AGREED": "L2", "T_L3A": "L3a", "T_SIGN": "L3b", "T_L4": "L4"}
RELEASE_FACTS = set(words("ReleaseNoticeReceived ReleaseDateChanged ReleaseNoticeWithdrawn PersonReleased"))
FOLLOWING = ("LateReportNotified", "StatutoryNoticeRecalled")
HOLDS = {"CidExtended": "EXTENDED", "CustodyConfirmed": "CUSTODY", "StatutoryNoticeWaived": "WAIVED"}
FLAGS = {"PersonReleased": "released", "ReleasePlanConfirmed": "plan"}
FLAGS |= {"ReleaseDateChanged": "moved", "CidExtended": "moved"}
MOVES_CLOCK = set(words("OrderServed MeasureChanged OrderRevoked StationReassigned"))
EVIDENCE = {  # all of these groups; of each group one, parted by /
    "ORDERED": "PersonReported ORDER CERT AssessmentSummaryPublished AGREEMENT_CRH WorkerAssigned SupportLevelSet "
    "VisitRecorded TestScheduled NoticeGiven",
    "VOLUNTARY": "PersonReported AGREEMENT_AFTERCARE/WITHOUT NeedsAssessed VisitRecorded ConsentGiven",
    "PRISON": "ACCEPTED EarlyContactRecorded/ContactMade/VisitRecorded",
}
LOST, ASKS, NO_ORG = "ReleasePlanInvalidated", "ReleaseConfirmationQueried", ("", "", "", "")
M = dict[str, Any]  # what is remembered of a saga


@dataclass
class Given:
    """An input. `clock`: before, grace or after the legal `deadline`; `words`: what guards and folds ask for."""

    name: str
    door: str = "fact"
    role: str = ""
    org: str = ""
    actor: str = ""
    occurrence: int = 1
    clock: str = "before"
    deadline: str = "9999-12-31"
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    outcome: str
    state: str | None
    code: str = ""
    emits: list[str] = field(default_factory=list)
    armed: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)


def blank() -> M:
    memory: M = dict.fromkeys(words("state resume reason offered answering district station place standing"))
    memory |= dict.fromkeys(words("released plan stood sent followed withheld moved unreviewed revoked"), False)
    for key in words("bases orders served armed fired_here blocks seen sources notified notices"):
        memory[key] = set()
    return memory | {"consents": {}, "agreements": {}, "pending": {}, "assignment": "UNROUTED", "hops": 0, "raised": []}


class Golden:
    """The table's answers. `orgs`: id -> (type, its district, the street beside it, its police station)."""

    def __init__(self, orgs: Mapping[str, tuple[str, str, str, str]], city: str, decision: str) -> None:
        files = (HERE / "handover-saga.yaml", HERE / "actors.yaml")
        self.table, self.actors = (yaml.safe_load(file.read_text("utf-8")) for file in files)
        self.orgs, self.city, self.decision = orgs, city, decision
        every = [rule for part in ("create", "reopen", "transitions") for rule in self.table[part]]
        self.inputs = {rule["event"] for rule in every} - set(self.table["timers"])
        self.two = {name for line in self.actors["sends"] if line.get("two") for name in line["facts"]}
        for rule in every:
            written = rule.get("from", [])
            listed = written if isinstance(written, list) else [written]
            rule["from"] = [state for name in listed for state in self.table["groups"].get(name, [name])]
            rule |= {key: rule.get(key, []) for key in ("emit", "start", "stop")}

    def take(self, memory: M | None, given: Given) -> tuple[Answer, M | None]:
        lines = [s for s in self.actors["sends"] if given.name in s["facts"] and given.role in s["by"]]
        if given.door == "command" and not any(self.related(memory, given, line["org"]) for line in lines):
            return self.same(memory, "refused", "not_your_organisation" if lines else "actor_not_allowed"), memory
        if given.door == "timer":
            return self.timer(memory, given)
        if given.name not in self.inputs | set(self.table["facts"]):
            return self.same(memory, "not_ours"), memory
        if memory is None or (memory["state"] in self.table["terminal"] and given.name == "ReleaseNoticeReceived"):
            return self.opening(memory, given)
        return self.evidence(memory, given) if given.name in self.table["facts"] else self.business(memory, given)

    def same(self, memory: M | None, outcome: str, code: str = "") -> Answer:
        return Answer(outcome, (memory or blank())["state"], code, armed=set((memory or blank())["armed"]))

    def related(self, memory: M | None, given: Given, relation: str) -> bool:
        wanted, m = self.actors["roles"][given.role]["org_type"], memory or blank()
        kind = self.orgs.get(given.org, NO_ORG)[0]
        if wanted and kind != wanted:
            return False
        if memory is None and relation not in {"competent", "any_station", "hub"}:
            return True
        over = {self.over(org) for org in (m["answering"] or m["station"], given.words.get("station_id")) if org}
        accountable = m["answering"] or m["district"] or self.city
        # fmt: off
        own: dict[str, bool] = {
            "source": not m["sources"] or given.org in m["sources"], "competent": kind == wanted,
            "offered": m["assignment"] == "OFFERED" and given.org == m["offered"],
            "accountable": given.org == accountable, "self": given.org == "person",
            "its_street": given.org == self.street(m), "notified": given.org in m["notified"],
            "parent": given.org == self.city or over == {given.org}, "hub": given.org == self.city,
            "rung_recipient": m["standing"] is not None and [given.role, given.org] == m["standing"][1:3],
            "any_station": kind in {"STN", "STREET", "RSP"},
        }
        # fmt: on
        return own[relation]

    def over(self, station: str | None) -> str:
        return self.orgs.get(station or "", NO_ORG)[1]

    def street(self, m: M) -> str | None:
        at = m["answering"] or m["station"]
        return str(max(m["orders"])[1]) if m["orders"] else self.orgs[at][2] if at else None

    def opening(self, memory: M | None, given: Given) -> tuple[Answer, M | None]:
        rule = next((r for r in self.table["create"] if r["event"] == given.name), None)
        if rule is None:
            reason = ["refused", "not_in_this_state"] if given.door == "command" else ["waits"]
            return self.same(None, *reason), memory
        answer, m = self.run({**blank(), "state": rule["to"]}, rule, given, fold=not rule.get("apply"))
        return self.follow(answer, m, given, apply=rule.get("apply", False))

    def follow(self, answer: Answer, m: M, given: Given, *, apply: bool = False) -> tuple[Answer, M]:
        if not apply and not (m["released"] and m["state"] in self.table["groups"]["PRE"]):
            return answer, m
        given = given if apply else Given("PersonReleased", clock=given.clock)
        more, m = self.run(m, self.rules(m, given.name)[0], given)
        more.emits, more.rules = answer.emits + more.emits, answer.rules + more.rules
        return more, m

    def evidence(self, memory: M, given: Given) -> tuple[Answer, M]:
        reopening = self.rules(memory, given.name, "reopen")
        if reopening and not self.against(reopening[0], memory, given):
            return self.reopened(memory, reopening[0], given)
        return self.same(m := self.folded(deepcopy(memory), given), "folded"), m

    def timer(self, memory: M | None, given: Given) -> tuple[Answer, M | None]:
        if memory is None or given.name not in memory["armed"]:
            return self.same(memory, "ignored"), memory
        m = deepcopy(memory)
        m |= {"armed": m["armed"] - {given.name}, "fired_here": m["fired_here"] | {given.name}}
        rule = next((r for r in self.rules(m, given.name) if not self.against(r, m, given)), None)
        return self.run(m, rule, given) if rule else (self.same(m, "ignored"), m)

    def rules(self, m: M, event: str, part: str = "transitions") -> list[M]:
        return [rule for rule in self.table[part] if rule["event"] == event and m["state"] in rule["from"]]

    def reopened(self, memory: M, rule: M, given: Given) -> tuple[Answer, M]:
        m = {**deepcopy(memory), "armed": set(), "raised": [], "stood": False, "standing": None}
        if rule["to"] == "NOTICED":
            m.update(assignment="UNROUTED", answering=None, offered=None, station=None, place=None)
            m["seen"] -= {"PersonReported"}
        return self.follow(*self.run(m, rule, given, track=self.track(memory)), given)

    def business(self, memory: M, given: Given) -> tuple[Answer, M | None]:
        closed = memory["state"] in self.table["terminal"]
        rules = self.rules(memory, given.name, "reopen" if closed else "transitions")
        fact = given.door == "fact"
        stale = closed or (given.name in RELEASE_FACTS and memory["released"])
        known = given.name == "ReleaseNoticeReceived" and given.words["number"] in memory["notices"]
        aside = "STALE" if stale else "CONFLICT" if known else "UNKNOWN_STATE"
        if not rules:
            return self.same(memory, *(("set_aside", aside) if fact else ("refused", "not_in_this_state"))), memory
        if not closed and self.conflicts(memory, given):
            return self.same(memory, *(("set_aside", "CONFLICT") if fact else ("refused", "guard_not_met"))), memory
        against = [self.against(rule, memory, given) for rule in rules]
        if all(against):
            code = min((c for codes in against for c in codes), key=CODES.index)
            return self.same(memory, *(("set_aside", aside) if fact else ("refused", code))), memory
        if given.name in self.two and not fact and given.name not in memory["pending"]:
            m = {**deepcopy(memory), "pending": {**memory["pending"], given.name: given.actor}}
            return self.same(m, "pending"), m
        rule = rules[[bool(codes) for codes in against].index(False)]
        again = self.reopened(memory, rule, given) if closed else self.run(deepcopy(memory), rule, given)
        return again if closed else self.follow(*again, given)

    def conflicts(self, m: M, given: Given) -> bool:
        known, other = given.words.get("order") in m["served"], bool(given.words.get("other"))
        if given.name in {"OrderServed", "OrderRevoked"}:
            return other and known if given.name == "OrderServed" else not known
        return other and given.name == "PersonReleased" and bool(m["released"])

    def against(self, rule: M, m: M, given: Given) -> list[str]:
        """Refusal codes for the parts of the guard that do not hold."""
        guard = rule.get("guard", "True")
        parts = guard.split(" and ") if "two_person" in guard else [guard]
        return [self.code(part, m, given) for part in parts if not self.true(part, m, given)]

    def code(self, part: str, m: M, given: Given) -> str:
        if part == "track == ORDERED" and given.name.startswith("StatutoryNotice"):
            expected = bool(m["bases"] & {"ORDER", "EXPECTED"}) and not m["revoked"]
            return "order_not_served" if expected else "voluntary_person"
        late = "deadline_not_passed" if given.clock == "before" else "grace_not_passed"
        known = {"deadline_passed": late, "not l3b_blocked": "facts_waiting", "two_person": "two_officials_required"}
        return known.get(part, "guard_not_met")

    def true(self, text: str, m: M, given: Given) -> bool:
        names = {"null": None, "PRE": self.table["groups"]["PRE"], "route_max_hops": 3}
        terms = {**{word: word for word in re.findall(r"\b[A-Z_]{3,}\b", text)}, **names, **self.terms(m, given)}
        return bool(eval(text.replace("route.max_hops", "route_max_hops"), {}, terms))  # noqa: S307 - our own table

    def terms(self, m: M, given: Given) -> M:
        said, two = given.words, given.name in self.two
        both = said.get("officials", 0) > 1 if given.door == "fact" else m["pending"].get(given.name) != given.actor
        ordered = bool(m["bases"] & {"ORDER", "EXPECTED"} or m["orders"])
        agreed = "AFTERCARE" in {*m["consents"].values(), *m["agreements"].values()} or "AGREEMENT" in m["bases"]
        told = {name: said.get(name) for name in words("reason kind obstacle_code agreed_date")}
        # fmt: off
        return told | {
            "track": self.track(m), "hops": m["hops"] + 1, "deadline": given.deadline, "resume_state": m["resume"],
            "hold_reason": m["reason"], "occurrence": given.occurrence, "two_person": not two or both,
            "released": m["released"], "deadline_passed": given.clock == "after", "l3b_blocked": bool(m["blocks"]),
            "for_aftercare": said.get("purpose") == "AFTERCARE", "completion_criteria": self.complete(m, given),
            "ends_aftercare": said.get("consent") == "ALL" or m["consents"].get(said.get("consent")) == "AFTERCARE",
            "has_consent": bool(m["orders"] - {said.get("order")} or "PRISON" in m["bases"]) or agreed,
            "legal_basis_ok": ordered or agreed or "PRISON" in m["bases"],
        }
        # fmt: on

    def complete(self, m: M, given: Given) -> bool:
        seen = m["seen"] | ({"WITHOUT"} if given.words.get("without_agreement") else set()) | {m["assignment"]}
        groups = [set(group.split("/")) for group in words(EVIDENCE[self.track(m)])]
        return all(group & seen for group in groups) and bool(m["stood"] or not m["raised"])

    def track(self, m: M) -> str:
        return "ORDERED" if m["orders"] else "PRISON" if "PRISON" in m["bases"] else "VOLUNTARY"

    def run(self, m: M, rule: M, given: Given, *, fold: bool = True, track: str = "") -> tuple[Answer, M]:
        before = {**deepcopy(m), "track": track or self.track(m)}
        m["armed"] -= m["armed"] if "ALL" in rule["stop"] else set(rule["stop"])
        m = self.folded(m, given) if fold else m
        lost, rung = self.enter(m, rule, given), self.climb(m, rule, given)
        grew, wanted = False, "StatutoryNoticeDraftRequested" in rule["emit"]
        due, forbidden = wanted and (given.name == "T_DEADLINE" or m["withheld"]), bool(m["blocks"]) or m["unreviewed"]
        m["withheld"] = due and forbidden if wanted else m["withheld"]
        for name in rule["start"]:
            if name == "RECOMPUTE":
                grew = self.recompute(m, before, given)
            elif name != "T_ACK" or (rung and m["standing"] and m["standing"][3]):
                self.arm(m, name)
        down = bool(before["raised"]) and not before["stood"] and (grew or "RECOMPUTE" not in rule["start"])
        holds = {"TrackChanged": before["track"] != self.track(m), ASKS: given.name != "PersonReported" or m["notices"]}
        holds |= {"DeadlinesRecomputed": grew, LOST: lost, "EscalationStoodDown": down}
        holds["StatutoryNoticeDraftRequested"] = due and not forbidden
        holds |= dict.fromkeys(("EscalationRaised", "ContactTaskCreated"), rung)
        holds |= dict.fromkeys(FOLLOWING, before["sent"] and not before["followed"])
        emits = [name for name in rule["emit"] if holds.get(name, True)]
        emits += [LOST] if lost and LOST not in emits else []
        m["followed"] |= bool(set(FOLLOWING) & set(emits))
        m["pending"] = {} if grew or m["state"] != before["state"] else m["pending"]
        return Answer("applied", m["state"], "", emits, set(m["armed"]), [rule["id"]]), m

    def enter(self, m: M, rule: M, given: Given) -> bool:
        """The new state with its hold; says whether the plan is lost."""
        to, back = rule["to"], m["resume"]
        lost = m["plan"] and LOST in rule["emit"]
        if to == "RESUME":
            broken = back == "READY" and m["moved"]
            lost, to = m["plan"] and broken, "EARLY_CONTACT" if broken else back
            if back in {"NOTICED", "OFFERED"}:
                to, m["armed"] = m["assignment"].replace("UNROUTED", "NOTICED"), m["armed"] - {"T_ASSIGN"}
        to = m["state"] if to == "SAME" else to
        m["resume"] = m["state"] if to == "ON_HOLD" != m["state"] else back
        if to == "ON_HOLD" and "T_HOLD" in rule["start"] and given.door != "timer":
            contact = "OBSTACLE" if given.words.get("obstacle_code") else "AGREED_DATE"
            m["reason"] = {**HOLDS, "ContactMade": contact}.get(given.name, given.words.get("reason"))
        if to != "ON_HOLD":
            m.update(resume=None, reason=None, moved=False)
        m["plan"], m["fired_here"] = m["plan"] and not lost, m["fired_here"] if to == m["state"] else set()
        m["state"] = to
        return bool(lost)

    def climb(self, m: M, rule: M, given: Given) -> bool:
        """Whether a rung was raised or forwarded; `standing` is [rung, role, org, may be forwarded]."""
        if "EscalationStoodDown" in rule["emit"] and "RECOMPUTE" not in rule["start"]:
            m.update(stood=True, standing=None)
        if "EscalationForwarded" in rule["emit"] and m["standing"]:
            rung, role, org, _ = m["standing"]
            up = {"WORKER": ["STATION_LEAD", org], "STATION_LEAD": ["DISTRICT_LEAD", self.over(org)]}
            m["standing"] = [rung, *up.get(role, ["CITY_LEAD", self.city]), role in up]
            return True
        rung = RUNG.get(given.name) if {"EscalationRaised", "ContactTaskCreated"} & set(rule["emit"]) else None
        if rung is None or rung in m["raised"] or (rung == "L3b" and m["blocks"]):
            return False
        m["raised"].append(rung)
        m.update(stood=False, standing=[rung, *self.recipient(m, rung), True])
        return True

    def recipient(self, m: M, rung: str) -> list[Any]:
        city = ["CITY_LEAD", self.city]
        kind, district, _, _ = self.orgs.get(m["answering"], ("", m["district"], "", ""))
        to_district = ["DISTRICT_LEAD", district] if district else city
        high: M = {"L3a": to_district, "L3b": ["STREET_OFFICER", self.street(m)], "L4": city}
        role = "RESETTLEMENT" if kind == "RSP" else "STATION_LEAD" if rung == "L2" else "WORKER"
        return list(high.get(rung) or ([role, m["answering"]] if kind else to_district))

    def arm(self, m: M, name: str) -> None:
        timer = self.table["timers"][name]
        dated = m["released"] or not re.search(r"rung_clock|clock_start|deadline", timer["due"])
        if dated and (isinstance(timer["policy"], str) or self.track(m) in timer["policy"]):
            m |= {"armed": m["armed"] | {name}, "fired_here": m["fired_here"] - {name}}

    def recompute(self, m: M, before: M, given: Given) -> bool:
        to_order = given.name != "MeasureChanged" or bool(given.words.get("order"))
        new = given.name != "OrderServed" or given.words["order"] not in before["served"]
        clock = m["released"] and given.name in MOVES_CLOCK and to_order and new
        planned = given.name == "ReleaseDateChanged" and m["state"] in {"ACCEPTED", "EARLY_CONTACT", "READY"}
        if not (before["state"] != m["state"] or before["track"] != self.track(m) or clock or planned):
            return False
        m.update(raised=[], stood=False, standing=None, withheld=False)
        m["armed"] &= CARRIED
        wanted = list(self.table["recompute"].get(m["state"], []))
        wanted += ["T_ASSIGN"] if m["assignment"] != "ACCEPTED" and m["state"] not in {"NOTICED", "OFFERED"} else []
        for name in set(wanted) - m["armed"] - (CARRIED & m["fired_here"]):
            self.arm(m, name)
        return True

    def folded(self, m: M, given: Given) -> M:
        said, name = given.words, given.name
        again, m["seen"] = name in m["seen"], m["seen"] | {name, said.get("paper"), f"AGREEMENT_{said.get('type')}"}
        m |= {FLAGS[name]: True} if name in FLAGS else {}
        if name == "ReleaseNoticeReceived":
            m["bases"] = m["bases"] | {said["basis"]} | ({"EXPECTED"} if said["expected"] else set())
            m["sources"], m["notices"] = m["sources"] | {said["source"]}, m["notices"] | {said["number"]}
        elif name in {"OrderServed", "MeasureChanged"} and said["order"]:
            m["orders"], m["served"] = m["orders"] | ({said["order"]} - m["served"]), m["served"] | {said["order"]}
        elif name == "OrderRevoked":
            m["orders"], m["revoked"] = m["orders"] - {said["order"]}, True
        elif name not in {"PersonReported", "ReportInvalidated"}:
            self.fold_people(m, given)
            self.fold_place(m, given)
        elif name == "ReportInvalidated":
            m.update(m["place"] or {})
            m["seen"] = m["seen"] - {"PersonReported"}
        elif not again:
            m["place"] = {key: m[key] for key in words("assignment offered answering district station")}
            self.settle(m, said.get("station_id"))
        return m

    def fold_people(self, m: M, given: Given) -> None:
        said, name, gone = given.words, given.name, given.words.get("consent")
        if name == "ConsentGiven":
            m["consents"][gone] = said["purpose"]
        elif name == "ConsentWithdrawn":
            m["consents"] = {key: purpose for key, purpose in m["consents"].items() if gone not in {key, "ALL"}}
        elif name in {"AgreementSigned", "AgreementEnded"}:
            m["agreements"] = {**m["agreements"], said["type"]: said["type"]} if name == "AgreementSigned" else {}
        elif name in {"DisputeRaised", "SourceSequenceGap", "DisputeResolved"}:
            m["blocks"] = m["blocks"] - {"DisputeRaised"} if name == "DisputeResolved" else m["blocks"] | {name}
        elif name == "StatutoryNoticeSigned":
            police = next((org[3] for org in self.orgs.values() if org[2] == self.street(m)), "")
            m.update(sent=True, followed=False, notified={police, self.decision})
        elif name == "HoldLifted":
            m["unreviewed"] = given.clock != "before" and not said.get("reviewed_by")

    def fold_place(self, m: M, given: Given) -> None:
        name, station = given.name, given.words.get("station_id")
        if name in {"JurisdictionResolved", "StationReassigned"}:
            kept = m["district"] if name == "StationReassigned" else None
            m.update(assignment="OFFERED", offered=station, station=station, district=self.over(station) or kept)
        elif name == "JurisdictionUnresolved":
            m["assignment"] = m["assignment"] if m["answering"] else "UNROUTED"
            m["district"] = None if given.words["outcome"] == "EXTERNAL" else m["district"]
        elif name in {"HandoverAccepted", "DistrictAssigned"}:
            self.settle(m, (m["offered"] or given.org) if name == "HandoverAccepted" else station)
        elif name == "HandoverDeclined":
            m["district"] = self.over(m["offered"]) or m["district"]
            m.update(assignment="UNROUTED", offered=None, answering=None, hops=m["hops"] + 1)

    def settle(self, m: M, station: str | None) -> None:
        m.update(assignment="ACCEPTED", answering=station, station=station, offered=None)
        m["district"] = self.over(station) or m["district"]
