from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from services.kernel.errors import InvalidInput
from services.reference import policy as module
from services.reference.policy import load_policy, read_policy
from services.reference.policy_bounds import Code
from services.reference.policy_file import examine
from services.reference.policy_words import sentence, words
from services.reference.terms import Duration

SHIPPED = load_policy()
TEXT = (Path(module.__file__).parent / "policy.yaml").read_text("utf-8")


def test_the_shipped_policy_keeps_the_law() -> None:
    policy = load_policy()
    assert policy.version == "2026.11-default"
    assert policy.term("report.deadline.ordered").duration == Duration(days=15)
    assert policy.term("report.deadline.ordered").day == "calendar_roll_forward"
    assert policy.count("route.max_hops") == 3


@pytest.mark.parametrize(
    ("key", "value", "code", "bound"),
    [
        ("report.deadline.ordered", "P20D", "policy_above_max", "P15D"),
        ("notice.statutory_before_release", "P2D", "policy_below_min", "P3D"),
        ("measure.rehab.max_term", "P37M", "policy_above_max", "P3Y"),
        ("measure.rehab.max_term", "P1096D", "policy_above_max", "P3Y"),
        ("report.deadline.ordered", "P1M", "policy_above_max", "P15D"),
        ("retention.pia", "P1095D", "policy_below_min", "P3Y"),
        ("retention.pia", "P2Y365D", "policy_below_min", "P3Y"),
        ("retention.network_logs", "P183D", "policy_below_min", "P6M"),
        ("legalaid.forward", "P2D", "policy_above_max", "PT24H"),
        ("contact.max_per_day", 2, "policy_above_max", 1),
        ("contact.d1", "one day", "policy_unit_invalid", "duration"),
        ("contact.d1", 1, "policy_unit_invalid", "duration"),
        ("contact.d1", "PT24H", "policy_unit_invalid", "duration"),
        ("contact.d1", "P0D", "policy_unit_invalid", "duration"),
        ("contact.d1", "P9999Y", "policy_unit_invalid", "duration"),
        ("accept.within", "P1M", "policy_unit_invalid", "duration"),
        ("route.max_hops", "P3D", "policy_unit_invalid", "count"),
        ("route.max_hops", True, "policy_unit_invalid", "count"),
        ("contact.quiet_hours", "25:00-08:00", "policy_unit_invalid", "hours"),
        ("contact.quiet_hours", "08:00-08:00", "policy_unit_invalid", "hours"),
        ("test.schedule", "often", "policy_unit_invalid", "per_year"),
        ("report.clock_start", "actual_release_at", "policy_choice_fixed", "max(order_served_at, actual_release_at)"),
        ("contact.d9", "P1D", "policy_key_unknown", None),
    ],
)
def test_a24_a_value_outside_the_law_is_refused(key: str, value: str | int, code: str, bound: object) -> None:
    found = examine(yaml.safe_dump({key: value}), SHIPPED)
    assert [(fault.code, fault.key, fault.value, fault.bound) for fault in found.faults if fault.key == key] == [
        (code, key, value if bound is not None else None, bound)
    ]
    assert found.policy is SHIPPED


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retention.pia", "P1096D"),
        ("retention.pia", "P36M"),
        ("retention.pia", "P35M31D"),
        ("retention.network_logs", "P184D"),
        ("measure.rehab.max_term", "P1095D"),
        ("legalaid.forward", "P1D"),
    ],
)
def test_a_bound_in_other_units_is_kept_by_what_keeps_it_from_every_day_on(key: str, value: str) -> None:
    assert examine(yaml.safe_dump({key: value}), SHIPPED).faults == ()


def test_every_fault_is_named_not_only_the_first() -> None:
    found = examine("{report.deadline.ordered: P20D, contact.max_per_day: 2, nonsense: 1}", SHIPPED)
    assert [fault.code for fault in found.faults] == ["policy_above_max", "policy_above_max", "policy_key_unknown"]


def test_a24_the_reason_names_key_value_bound_and_law_in_plain_words() -> None:
    fault = examine("report.deadline.ordered: P20D", SHIPPED).faults[0]
    said = sentence(fault, words(), "zh")
    assert said == (
        "“report.deadline.ordered”填的是P20D（20日），超过最高的P15D（15日）（依据：戒毒条例14,22,38）。"
        "请改为P15D（15日）或更短"
    )
    assert "P20D (20 days), more than the maximum of P15D (15 days)" in sentence(fault, words(), "en")


def test_every_code_of_a_fault_has_words() -> None:
    assert all(words().knows(code, lang) for code in get_args(Code) for lang in ("zh", "en"))


def test_a_stricter_value_is_allowed_and_gets_a_version_of_its_own() -> None:
    stricter = examine("report.deadline.ordered: P2D", SHIPPED).policy
    assert stricter.term("report.deadline.ordered").duration.days == 2
    assert stricter.term("report.deadline.ordered").day == "calendar_roll_forward"
    assert stricter.version.startswith("2026.11-default+")
    assert stricter.version == examine("report.deadline.ordered: P2D", SHIPPED).policy.version
    assert stricter.version != examine("report.deadline.ordered: P3D", SHIPPED).policy.version


def test_a_file_may_name_its_version_and_have_the_shape_of_the_shipped_one() -> None:
    text = TEXT.replace("2026.11-default", "zj-1").replace(
        "accept.within:                    {default: P2D", "accept.within: {default: P1D"
    )
    found = examine(text, SHIPPED)
    assert (found.faults, found.policy.version) == ((), "zj-1")
    assert found.policy.term("accept.within").duration.days == 1
    assert examine(TEXT, SHIPPED).policy is SHIPPED


def test_how_days_are_counted_is_a_local_choice_where_the_law_sets_no_bound() -> None:
    chosen = examine("{keys: {contact.d1: {default: P1D, day: working}}}", SHIPPED)
    assert chosen.policy.term("contact.d1").day == "working"
    for text in (
        "{keys: {report.deadline.ordered: {default: P15D, day: calendar}}}",
        "{keys: {report.deadline.ordered: {default: P20D, max: P30D}}}",
        "{keys: {contact.d1: {default: P1D, day: sometimes}}}",
        "{keys: {contact.d1: P1D}, timezone: UTC}",
    ):
        assert [fault.code for fault in examine(text, SHIPPED).faults] == ["policy_law_changed"], text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "policy_invalid"),
        ("keys: {", "policy_invalid"),
        ("keys: []", "policy_invalid"),
        ("{contact.d1: P1D, contact.d1: P2D}", "policy_key_twice"),
        ("{keys: {contact.d1: {defalt: P1D}}}", "policy_field_unknown"),
        ("{keys: {}, key: 1}", "policy_field_unknown"),
    ],
)
def test_a_broken_file_is_refused(text: str, code: str) -> None:
    assert [fault.code for fault in examine(text, SHIPPED).faults] == [code]


def test_an_empty_file_changes_nothing() -> None:
    assert examine("", SHIPPED).policy is SHIPPED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "policy_invalid"),
        (TEXT.replace("day: working", "day: sometimes", 1), "policy_key_invalid"),
        (TEXT.replace("cert: U", "sert: U", 1), "policy_key_invalid"),
        (TEXT.replace("default: P15D", "default: P16D", 1), "policy_above_max"),
    ],
)
def test_a_broken_shipped_policy_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(text)
    assert caught.value.code == code
