"""Which numbers a centre may give, and which are somebody's own."""

from __future__ import annotations

import pytest

from services.intake.domain.cells import BadCell
from services.intake.domain.notice import read_notice_no
from services.intake.domain.numbers import shown


@pytest.mark.parametrize("number", ["A-2026-0001", "N-1", "20260302001", "2026/03_02.1", "A-20260302-000001", "x" * 64])
def test_a_centres_number_is_taken_as_it_is(number: str) -> None:
    assert read_notice_no(number) == shown(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "合成甲00001",
        "000101199003070012",
        "00010119900307001X",
        "0001011990030700123",
        "00010119900307001",
        "000101-19900307-0012",
        "N-000101199003070012",
        "13800001111",
        "138-0000-1111",
        "00012345678",
        "x" * 65,
        "-1",
    ],
)
def test_what_may_be_a_name_or_a_persons_number_is_none(text: str) -> None:
    assert shown(text) == ""
    with pytest.raises(BadCell, match="code_unknown"):
        read_notice_no(text)


def test_no_number_is_missing() -> None:
    with pytest.raises(BadCell, match="notice_no_missing"):
        read_notice_no("  ")
