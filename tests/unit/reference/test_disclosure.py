"""The disclosure filter against golden files that another reader derived from the table of the specification."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, get_args

import pytest

from schemas.groups import GROUPS, Group
from services.kernel.errors import InvalidInput
from services.reference import disclosure
from services.reference.disclosure import Matrix, Stage, Standing, read_matrix, shipped_matrix
from services.reference.masks import disclosed, last4, surname
from tests.golden import disclosure as golden

TABLE = (golden.HERE / "disclosure-matrix.md").read_text("utf-8")
SHIPPED = resources.files(disclosure.__package__).joinpath("disclosure.yaml").read_text("utf-8")
RECORD = {name: value for fields in golden.RECORD.values() for name, value in fields.items()}
EVERYTHING: frozenset[Group] = frozenset(GROUPS)


def shown(matrix: Matrix, recipient: str, case: str) -> dict[str, dict[str, Any]]:
    """What the filter gives for `stage` or `stage+condition`."""
    stage, _, met = case.partition("+")
    assert stage in get_args(Stage)
    consented = EVERYTHING if met == "C" else frozenset[Group]()
    grounds = frozenset({met} - {"", "C"})
    standing = Standing(recipient, stage, grounds, consented)  # type: ignore[arg-type]  # checked above
    return {str(group): fields for group, fields in disclosed(RECORD, matrix.sight(standing)).items()}


def files(matrix: Matrix, cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the filter gives for all cases of the golden files."""
    return {name: {case: shown(matrix, name, case) for case in each} for name, each in cases.items()}


def test_the_golden_files_are_what_the_table_says() -> None:
    told = {name: golden.written(one) for name, one in golden.derived(TABLE).items()}
    assert told == {file.stem: file.read_text("utf-8") for file in golden.FILES.glob("*.json")}


@pytest.mark.parametrize("recipient", sorted(golden.derived(TABLE)))
def test_every_recipient_sees_exactly_the_golden_fields_at_every_stage(recipient: str) -> None:
    expected = json.loads((golden.FILES / f"{recipient}.json").read_text("utf-8"))
    assert {case: shown(shipped_matrix(), recipient, case) for case in expected} == expected


def test_there_is_a_golden_file_for_every_recipient() -> None:
    assert set(shipped_matrix().rows) == {file.stem for file in golden.FILES.glob("*.json")}


def test_a_change_of_the_matrix_changes_that_recipients_golden_file_and_nothing_else() -> None:
    changed_table = TABLE.replace(
        "| **Labour bureau / training / employer** | ● pairwise | ●", "| Labour bureau | – | ●"
    )
    changed_matrix = read_matrix(SHIPPED.replace("cells: &labour {F1: ●, ", "cells: &labour {"))
    before, after = golden.derived(TABLE), golden.derived(changed_table)
    assert {name for name in before if before[name] != after[name]} == {"LABOUR", "EMPLOYER"}
    assert files(changed_matrix, after) == after


def test_a_condition_counts_only_while_it_holds() -> None:
    matrix = shipped_matrix()
    assert "F10" not in matrix.sight(Standing("LEAD_WORKER", "accepted"))
    assert "F10" in matrix.sight(Standing("LEAD_WORKER", "accepted", consented=frozenset({"F10"})))
    assert "F10" not in matrix.sight(Standing("LEAD_WORKER", "accepted", consented=frozenset({"F12"})))
    assert matrix.sight(Standing("POLICE", "accepted")) == {}


def test_nobody_is_shown_what_is_not_collected_and_a_stranger_sees_nothing() -> None:
    assert all("F11" not in row.cells for row in shipped_matrix().rows.values())
    assert shipped_matrix().sight(None) == {}
    assert shipped_matrix().sight(Standing("NEIGHBOUR", "accepted")) == {}


def test_a_role_reads_as_one_recipient_at_most() -> None:
    roles = [role for row in shipped_matrix().rows.values() for role in row.roles]
    assert len(roles) == len(set(roles))
    assert shipped_matrix().recipient_of("HOUSING") is None


@pytest.mark.parametrize(
    "spoilt",
    [
        SHIPPED.replace("F12: C", "F11: C"),
        SHIPPED.replace("F3: ◐ last4", "F3: ◐"),
        SHIPPED.replace("F2: L", "F2: X"),
        SHIPPED.replace("if C or AGREEMENT", "if ASKED"),
        SHIPPED.replace("closed_for: P90D", ""),
        "[]",
        ": {",
    ],
)
def test_a_matrix_that_cannot_be_read_is_refused_as_a_whole(spoilt: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_matrix(spoilt)
    assert refused.value.code in {"disclosure_invalid", "duration_invalid"}


def test_masks_leave_nothing_of_what_is_too_short_to_be_masked() -> None:
    assert (last4("0012"), last4(""), surname("合"), surname("")) == ("****", "", "合", "")


def test_a_form_that_nobody_described_shows_no_field() -> None:
    assert disclosed(RECORD, {"F4": "somehow"}) == {"F4": {}}
