"""Rules suggest a level and a human decides; what they may read and change is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.kernel.errors import InvalidInput
from services.reference import support_levels as module
from services.reference.conditions import Condition, Fact
from services.reference.support_levels import FACTS, load_support_levels, read_support_levels
from services.reference.terms import Duration

LEVELS = load_support_levels()
TEXT = (Path(module.__file__).parent / "support-levels.yaml").read_text("utf-8")
SETTLED: dict[str, Fact] = {
    "contact_lost_days": 0,
    "no_hold": True,
    "unexcused_test_misses_consecutive": 0,
    "track": "ORDERED",
    "test_result": "NEGATIVE",
    "self_reported_crisis": False,
    "months_since_release": 8,
    "no_fixed_residence": False,
    "open_needs.high": 0,
    "agreement_signed": True,
    "visits_confirmed_last_3m": 2,
}


@pytest.mark.parametrize(
    ("changed", "level", "rules"),
    [
        ({}, "STABLE", ("S1",)),
        ({"contact_lost_days": 13}, "STABLE", ("S1",)),
        ({"contact_lost_days": 14}, "ATTENTION", ("A1",)),
        ({"contact_lost_days": 14, "no_hold": False}, "STABLE", ("S1",)),
        ({"unexcused_test_misses_consecutive": 2}, "ATTENTION", ("A2",)),
        ({"test_result": "PRELIM_POSITIVE"}, "STABLE", ("S1",)),
        ({"test_result": "CONFIRMED_POSITIVE", "self_reported_crisis": True}, "ATTENTION", ("A3", "A4")),
        ({"months_since_release": 5}, "FOCUS", ("F1",)),
        ({"open_needs.high": 1}, "FOCUS", ("F2",)),
        ({"agreement_signed": False}, "FOCUS", ("F3",)),
        ({"visits_confirmed_last_3m": 1}, "FOCUS", ()),
    ],
)
def test_the_rules_suggest(changed: dict[str, Fact], level: str, rules: tuple[str, ...]) -> None:
    found = LEVELS.suggest({**SETTLED, **changed})
    assert (found.level, found.rules) == (level, rules)
    assert found.ruleset == "support-level/2026.11"


def test_at_intake_nothing_is_known_and_the_default_stands_without_a_rule() -> None:
    found = LEVELS.suggest({})
    assert (found.level, found.rules, found.review_after) == ("FOCUS", (), Duration(months=3))


def test_what_is_not_known_never_counts_against_or_for_the_person() -> None:
    unknown = {name: value for name, value in SETTLED.items() if name != "test_result"}
    assert LEVELS.suggest(unknown).level == "FOCUS"
    assert LEVELS.suggest({**unknown, "contact_lost_days": 20}).rules == ("A1",)


@pytest.mark.parametrize("fact", ["religion", "ethnicity", "location", "associations", "prior_record", "hiv"])
def test_a_rule_that_asks_for_a_forbidden_fact_is_not_loaded(fact: str) -> None:
    assert fact not in FACTS
    with pytest.raises(InvalidInput, match="support_level_input"):
        read_support_levels(TEXT.replace("months_since_release < 6", f"{fact} == 'X'"))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("changes: [visit.interval,", "changes: [visit.interval, benefits,"),
        ("police_notice, ", ""),
        ("decider: human", "decider: rule"),
    ],
)
def test_a_level_changes_visits_and_team_only_and_a_human_decides(right: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match="support_level_effect"):
        read_support_levels(TEXT.replace(right, wrong))


@pytest.mark.parametrize(
    "text", ["__import__('os')", "a.b()", "a if b else c", "[1]", "a < b < c", "lambda: 1", "a[0]", "a +", "1 in a"]
)
def test_a_condition_runs_no_code(text: str) -> None:
    with pytest.raises(InvalidInput, match="condition_invalid"):
        Condition(text)
