"""The allow-list holds under any heading and order; ids are judged as the standard says."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from services.intake.domain import resident_id
from services.intake.domain.cells import FLAGS, BadCell, flags
from services.intake.domain.columns import FORBIDDEN_TERMS, HEADINGS, ColumnRefusal, is_forbidden, read_headings
from services.intake.domain.resident_id import IdFault
from services.intake.files.reading import read_notices
from services.intake.files.refusal import FileRefused

KNOWN = list(HEADINGS)
invented = st.text(min_size=1, max_size=12).filter(
    lambda name: name.strip() and not is_forbidden(name) and "".join(name.split()) not in HEADINGS
)
forbidden = st.builds(
    lambda before, term, after: f"{before}{term}{after}",
    st.sampled_from(["", "本人", "is_", "最近"]),
    st.sampled_from(FORBIDDEN_TERMS),
    st.sampled_from(["", "情况", "_id", " 编号"]),
)
numbers = st.builds(
    lambda district, born, order: f"0001{district:02}{born:%Y%m%d}{order:03}",
    st.integers(0, 99),
    st.dates(date(1930, 1, 1), date(2015, 12, 31)),
    st.integers(0, 999),
)


@given(st.permutations(KNOWN))
def test_the_known_headings_are_read_in_any_order(names: list[str]) -> None:
    assert read_headings(names) == tuple(HEADINGS[name] for name in names)


@given(st.permutations(KNOWN), st.integers(0, len(KNOWN)), invented)
def test_an_invented_heading_anywhere_refuses_the_file(names: list[str], place: int, name: str) -> None:
    found = read_headings([*names[:place], name, *names[place:]])
    assert isinstance(found, ColumnRefusal)
    assert found.code == "column_unknown"
    assert len(found.columns) == 1


@given(st.permutations(KNOWN), st.integers(0, len(KNOWN)), forbidden)
def test_a_forbidden_heading_anywhere_is_named_and_its_values_are_not(names: list[str], place: int, name: str) -> None:
    headings = [*names[:place], name, *names[place:]]
    marker = "禁存标记7f31c0"
    text = "\n".join([",".join(headings), ",".join([marker] * len(headings))])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "n.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(FileRefused) as caught:
            read_notices(path)
    assert caught.value.code == "column_forbidden"
    assert marker not in str(caught.value)


@given(st.permutations(KNOWN), st.sampled_from(KNOWN))
def test_any_column_left_out_is_missing(names: list[str], left_out: str) -> None:
    assert read_headings([name for name in names if name != left_out]) == ColumnRefusal("column_missing", (left_out,))


@given(st.text(min_size=1).filter(lambda text: "".join(text.split())))
def test_a_special_situation_is_one_of_five_or_refused(text: str) -> None:
    if "".join(text.split()) in FLAGS:
        return
    with pytest.raises(BadCell) as caught:
        flags(text)
    assert caught.value.reason == "code_unknown"
    assert text.strip() not in str(caught.value) or len(text.strip()) == 1


@given(numbers)
def test_the_check_character_is_that_of_the_standard(seventeen: str) -> None:
    assert resident_id.check_character(seventeen) == ric.calc_check_digit(seventeen + "0")


@given(numbers, st.data())
def test_an_id_typed_with_spaces_full_width_or_small_x_is_the_same_id(seventeen: str, data: st.DataObject) -> None:
    number = seventeen + resident_id.check_character(seventeen)
    typed = ""
    for character in number.lower() if data.draw(st.booleans()) else number:
        wide = chr(ord(character) + 0xFEE0) if data.draw(st.booleans()) else character
        typed += data.draw(st.sampled_from(["", " ", "　", "\t"])) + wide
    assert resident_id.normalise(typed) == number
    assert resident_id.fault(number, synthetic=True) is None


@given(numbers, st.sampled_from("0123456789X"))
def test_a_wrong_check_character_is_refused(seventeen: str, last: str) -> None:
    expected = None if last == resident_id.check_character(seventeen) else "id_check_digit"
    assert resident_id.fault(seventeen + last, synthetic=True) == expected


@given(numbers)
def test_synthetic_and_real_numbers_never_mix(seventeen: str) -> None:
    number = seventeen + resident_id.check_character(seventeen)
    assert resident_id.fault(number, synthetic=False) == "id_not_real"
    real = "32" + seventeen[2:]
    assert resident_id.fault(real + resident_id.check_character(real), synthetic=True) == "id_not_synthetic"


@given(st.text(max_size=20))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert resident_id.fault(resident_id.normalise(text), synthetic=True) in {*get_args(IdFault), None}
