from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas.registry import CURRENT
from services.handover.domain import accountability, decide
from services.handover.domain.actors import read_actors, shipped_actors
from services.handover.domain.completion import CRITERIA
from services.handover.domain.due import DUE
from services.handover.domain.folds import FOLDS
from services.handover.domain.guards import GUARDS
from services.handover.domain.senders import RELATIONS
from services.handover.domain.table import read_table, shipped_table
from services.handover.domain.table_text import BadTable
from services.reference.policy import load_policy

DOMAIN = Path(decide.__file__).parent
GOLDEN = Path(__file__).parents[2] / "golden"
TABLE = (DOMAIN / "handover-saga.yaml").read_text("utf-8")
ACTORS = (DOMAIN / "actors.yaml").read_text("utf-8")


def test_the_table_has_the_rules_that_the_specification_counts() -> None:
    table = shipped_table()
    assert [rule.id for rule in table.transitions] == [f"H{n:03}" for n in range(1, 110)]
    assert len(table.states) == 16
    assert len(table.rules) == 229
    assert sum(len(rules) for rules in table.rules.values()) == 286


def test_rules_that_share_state_and_event_all_carry_guards() -> None:
    shared = [rules for rules in shipped_table().rules.values() if len(rules) > 1]
    assert all(rule.guard for rules in shared for rule in rules)


def test_every_guard_text_has_a_function_and_no_function_is_left_over() -> None:
    assert set(GUARDS) == shipped_table().guards()


def test_every_due_text_has_a_function_and_no_function_is_left_over() -> None:
    assert set(DUE) == {timer.due for timer in shipped_table().timers.values()}


def test_every_relation_has_a_function_and_no_function_is_left_over() -> None:
    assert set(RELATIONS) == shipped_actors().relations


def test_every_policy_key_of_a_timer_is_in_the_policy() -> None:
    policy = load_policy()
    for timer in shipped_table().timers.values():
        for key in (*timer.policy.values(), *([timer.again] if timer.again else [])):
            assert policy.term(key).duration.days > 0


def test_every_event_of_the_table_is_published_language() -> None:
    table = shipped_table()
    emitted = {event for rule in (*table.transitions, *table.reopen) for event in rule.emit}
    assert emitted | table.inputs | table.facts <= set(CURRENT)
    assert set(FOLDS) <= table.inputs | table.facts


def test_every_track_has_criteria_of_completion() -> None:
    assert {track: len(criteria) for track, criteria in CRITERIA.items()} == {"ORDERED": 8, "VOLUNTARY": 5, "PRISON": 2}


def test_the_export_is_the_file() -> None:
    assert shipped_table().as_data() == yaml.safe_load(TABLE)
    assert list(shipped_table().as_data()) == list(yaml.safe_load(TABLE))


@pytest.mark.parametrize("name", ["handover-saga.yaml", "actors.yaml"])
def test_the_golden_copies_are_the_same_bytes(name: str) -> None:
    assert (GOLDEN / name).read_bytes() == (DOMAIN / name).read_bytes()


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ("{id: H001, from: NOTICED, on: X, ", "{id: H001, from: NOTICED, event: JurisdictionResolved, ", 64),
        ("{id: H001, from: NOTICED, evnt: X, ", "{id: H001, from: NOTICED, event: JurisdictionResolved, ", 64),
        ("{at: noon, due", "{at: end, due", 32),
    ],
)
def test_an_unknown_key_is_named_with_its_line(wrong: str, right: str, line: int) -> None:
    with pytest.raises(BadTable) as caught:
        read_table(TABLE.replace(right, wrong, 1))
    assert caught.value.line == line


@pytest.mark.parametrize("right", ["to: OFFERED", "start: [T_ROUTE]"])
def test_an_unknown_state_or_timer_is_refused(right: str) -> None:
    with pytest.raises(BadTable):
        read_table(TABLE.replace(right, right.replace("O", "X"), 1))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(BadTable):
        read_actors(ACTORS.replace("by: [OPS]", "by: [OPERATOR]"))


def test_registering_organisations_are_stations_and_their_streets() -> None:
    assert {"STREET"} == accountability.REGISTERING_TYPES - accountability.STATION_TYPES
