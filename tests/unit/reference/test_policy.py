from __future__ import annotations

from pathlib import Path

import pytest

from services.kernel.errors import InvalidInput
from services.reference import policy as module
from services.reference.policy import load_policy, read_policy
from services.reference.terms import Duration

TEXT = (Path(module.__file__).parent / "policy.yaml").read_text("utf-8")


def test_the_shipped_policy_keeps_the_law() -> None:
    policy = load_policy()
    assert policy.version == "2026.11-default"
    assert policy.term("report.deadline.ordered").duration == Duration(days=15)
    assert policy.term("report.deadline.ordered").day == "calendar_roll_forward"
    assert policy.count("route.max_hops") == 3


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("report.deadline.ordered", "P20D", "policy_above_max"),
        ("notice.statutory_before_release", "P2D", "policy_below_min"),
        ("measure.rehab.max_term", "P37M", "policy_above_max"),
        ("legalaid.forward", "P2D", "policy_above_max"),
        ("contact.max_per_day", 2, "policy_above_max"),
        ("contact.d1", "one day", "duration_invalid"),
        ("contact.d9", "P1D", "policy_key_unknown"),
    ],
)
def test_a24_a_value_outside_the_law_is_refused(key: str, value: str | int, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_policy().with_values("test", {key: value})
    assert caught.value.code == code


def test_a_stricter_value_is_allowed() -> None:
    stricter = load_policy().with_values("zj", {"report.deadline.ordered": "P2D"})
    assert stricter.term("report.deadline.ordered").duration.days == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "policy_invalid"),
        ("keys: {", "policy_invalid"),
        (TEXT.replace("day: working", "day: sometimes", 1), "policy_key_invalid"),
        (TEXT.replace("cert: U", "sert: U", 1), "policy_key_invalid"),
    ],
)
def test_a_broken_file_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(text)
    assert caught.value.code == code
