"""Traps of specification, Appendix C; each test is named for the mistake it prevents.

Those with another home: an id validator that raises (tests/property/intake/test_columns_and_ids.py), notice numbers of
two centres (tests/service/intake/test_door.py), "sealed" that reads like "absent" in words, size and statements (here
and tests/integration/app/test_sealed_is_absent.py), durations in months (here and tests/unit/reference/test_terms.py).
Not here: certificate names and sender ids of messages come with the gateways that have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
import yaml

from schemas.base import Event
from schemas.registry import CURRENT
from schemas.topics import AGENCIES, TOPICS
from services.handover.domain import decide
from services.handover.domain.senders import may_send
from services.handover.domain.table import read_table
from services.handover.domain.table_text import BadTable
from services.handover.domain.words import Input, Sender
from services.reference.calendar import load_calendar
from services.reference.support_levels import load_support_levels
from services.reference.terms import Term, parse_duration
from tests.unit.handover.world import ORGANISATIONS, STATION, World, at

TELLING = re.compile(r"detox|drug|rehab|aftercare|police|戒毒|康复|照管")
TO_THOSE_WHO_KNOW = {"out.detox.v1", "stat.notice.v1"}
FREE_TEXT = {"summary", "notes", "note", "text", "remarks", "comment"}
ROOT = Path(decide.__file__).parents[3]
GROUP = re.compile(r'"((?:intake|handover|timeline)\.[a-z_]+)"')
FILE = re.compile(r'"([^"\s]+\.(?:csv|xlsx|jsonl?|zip|tar))"')
TABLE = (Path(decide.__file__).parent / "handover-saga.yaml").read_text("utf-8")


def test_the_key_on_is_read_as_true_by_yaml_and_refused_by_the_table() -> None:
    assert yaml.safe_load("{on: X}") == {True: "X"}
    with pytest.raises(BadTable, match="not text"):
        read_table(TABLE.replace("event: JurisdictionResolved", "on: JurisdictionResolved", 1))


def test_or_more_includes_the_number_itself() -> None:
    suggest = load_support_levels().suggest
    assert suggest({"contact_lost_days": 14, "no_hold": True}).rules == ("A1",)
    assert suggest({"contact_lost_days": 13, "no_hold": True}).rules == ()


def test_three_years_from_the_29th_of_february_are_no_1095_days() -> None:
    calendar, start = load_calendar(), date(2024, 2, 29)
    assert Term(parse_duration("P3Y")).after(start, calendar) == date(2027, 2, 28)
    assert Term(parse_duration("P3Y")).after(date(2024, 1, 31), calendar) == date(2027, 1, 31)
    assert Term(parse_duration("P1095D")).after(date(2024, 1, 31), calendar) == date(2027, 1, 30)


def test_a_release_is_a_fact_and_not_the_planned_date_passing() -> None:
    world = World().voluntary_ready().until("2026-05-01")
    assert (world.known.state, world.known.released_at, world.known.deadline) == ("READY", None, None)
    assert "ReleaseConfirmationQueried" in world.names
    assert "ReportWindowOpened" not in world.names


@pytest.mark.parametrize(
    "name", ["out.detox-labour.v1", "/api/v1/rehab/cases", "labour.aftercare", "社区戒毒-2026.csv"]
)
def test_a_name_that_says_what_it_is_about_would_be_found(name: str) -> None:
    assert telling(["out.labour.v1", name]) == [name]


def test_a_topic_for_an_agency_does_not_say_by_its_name_or_key_what_it_is_about() -> None:
    agencies = [each for each in TOPICS.values() if each.name.startswith("out.") and each.name not in TO_THOSE_WHO_KNOW]
    to_come = [f"out.{agency}.v1" for agency in AGENCIES]
    assert telling([*to_come, *(f"{each.name} {each.key}" for each in agencies)]) == []


def test_no_consumer_group_path_or_file_says_by_its_name_what_it_is_about() -> None:
    groups = found(GROUP, [*ROOT.glob("services/*/subscribers.py"), ROOT / "services/handover/desk.py"])
    files = found(FILE, ROOT.glob("services/**/*.py"))
    paths = set(json.loads((ROOT / "schemas/openapi.json").read_text("utf-8"))["paths"])
    assert {"intake.ingress", "handover.facts", "timeline.journal"} <= groups
    assert "erasures.jsonl" in files
    assert "/api/v1/intake/notices" in paths
    assert telling(groups | files | paths) == []


def telling(names: Iterable[str]) -> list[str]:
    """Those from which a stranger learns what somebody is in."""
    return [name for name in names if TELLING.search(name)]


def found(pattern: re.Pattern[str], sources: Iterable[Path]) -> set[str]:
    """What the pattern finds in those files."""
    return {name for source in sources for name in pattern.findall(source.read_text("utf-8"))}


def test_one_person_with_two_capacities_at_one_desk_may_only_what_the_role_of_this_token_may() -> None:
    waiting = World().ordered_waiting()
    given = Input("WorkerAssigned", "i", at("2026-04-05"), at("2026-04-05"), {})
    asked = {
        role: may_send(given, Sender("li-1", role, STATION, "STATION_LEAD"), waiting.saga, ORGANISATIONS)
        for role in ("STATION_LEAD", "WORKER", "STREET_OFFICER")
    }
    refused = "actor_not_allowed"
    assert asked == {"STATION_LEAD": None, "WORKER": refused, "STREET_OFFICER": refused}


def test_nothing_outward_but_the_statutory_notice_has_room_for_free_text() -> None:
    outward = [kind for kind in CURRENT.values() if kind.topic.startswith("out.")]
    assert outward
    assert not [(kind.__name__, field) for kind in outward for field in free_text(kind)]


def free_text(kind: type[Event]) -> set[str]:
    """Fields that invite a sentence about somebody."""
    return set(kind.model_fields) & FREE_TEXT


def test_no_figure_counts_escalations_or_notices_to_the_police() -> None:
    source = Path(decide.__file__).parents[2] / "timeline" / "domain"
    figures = [(source / name).read_text("utf-8") for name in ("cube.py", "notice_quality.py", "kpi_case.py")]
    assert not re.search(r"EscalationRaised|StatutoryNotice|level", "".join(figures))


KNOWS_THE_SEALED = {
    "handover/saga_store.py": "a fact about somebody without a saga, to set it aside",
    "handover/sealed.py": "the end of a record",
    "intake/erasing.py": "a deletion",
    "intake/signatures.py": "a lawful read, and the end of a record by two operators",
    "intake/vault.py": "the end of a record, and a lawful read",
    "kernel/person_keys.py": "a deletion",
    "kernel/sealed_keys.py": "the end of a record, and a lawful read",
    "timeline/journal.py": "the feed of projections",
    "timeline/sealed.py": "the end of a record",
}
"""Which code may ask a table of sealed things, and what for: never to answer an ordinary reader."""


def test_no_ordinary_reading_asks_whether_a_record_is_sealed() -> None:
    tables = re.compile(r"sealed_(people|subjects|keys|identities)\b|\blawful_reads\b")
    services = ROOT / "services"
    asking = {
        str(file.relative_to(services))
        for file in services.rglob("*.py")
        if any(tables.search(line) for line in file.read_text("utf-8").splitlines() if "import" not in line)
    }
    assert asking == set(KNOWS_THE_SEALED)
