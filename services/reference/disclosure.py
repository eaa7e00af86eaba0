"""The disclosure matrix (specification §3.9) and its one filter: which groups a reader sees now, and in which form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, TypeAlias, cast

import yaml

from schemas.groups import GROUPS, Group
from services.kernel.errors import InvalidInput
from services.reference.terms import parse_duration

Stage: TypeAlias = Literal["preview", "accepted", "closed", "revoked"]
Sight: TypeAlias = Mapping[Group, str]
"""The groups seen, each with its form: `full`, or the name of a mask."""

FULL: Final = "full"
OWN: Final = "own"
WIDE: Final = frozenset({FULL, "type_dates"})
NEVER_STORED: Final = "F11"
MASKED: Final = "◐"
CODES: Final[Mapping[str, str]] = {"●": "", MASKED: "", "C": "C", "L": "L"}
CONDITIONS: Final = frozenset({"C", "L", "AGREEMENT", "LAWFUL_READ"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix. `needs`: any one of these conditions lets it count; none: it always does."""

    form: str
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind of recipient may learn.

    `staged`: bound by the stages of a handover; `pairwise`: knows a person by a reference of its own alone.
    """

    recipient: str
    roles: frozenset[str]
    cells: Mapping[Group, Cell]
    staged: bool = True
    pairwise: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader is to a person now.

    `grounds`: conditions in force; `consented`: groups the person agreed to; `basis`: what the row rests on, as an
    envelope says it (`STATUTE:…`, `CONTRACT:…`, `CONSENT:…`).
    """

    recipient: str
    stage: Stage
    grounds: frozenset[str] = frozenset()
    consented: frozenset[Group] = frozenset()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows by recipient, and what the stages leave of a row; `closed_for`: how long a closed stage lasts."""

    version: str
    rows: Mapping[str, Row]
    preview: Mapping[Group, Cell]
    closed: frozenset[Group]
    closed_for: timedelta

    def recipient_of(self, role: str) -> str | None:
        """The kind of recipient that a role reads as; None for roles that learn nothing."""
        return next((row.recipient for row in self.rows.values() if role in row.roles), None)

    def by_consent(self, standing: Standing) -> frozenset[Group]:
        """The groups seen that count only because of a consent."""
        return frozenset(self.sight(standing)) - frozenset(self.sight(replace(standing, consented=frozenset())))

    def sight(self, standing: Standing | None) -> Sight:
        """The groups that a reader sees now; none without a standing."""
        row = self.rows.get(standing.recipient) if standing else None
        if standing is None or row is None:
            return {}
        held = {group: cell.form for group, cell in row.cells.items() if _counts(group, cell, standing)}
        return self._staged(held, standing.stage) if row.staged else held

    def _staged(self, held: Sight, stage: Stage) -> Sight:
        match stage:
            case "accepted":
                return held
            case "preview":
                return {group: _narrower(held[group], cell) for group, cell in self.preview.items() if group in held}
            case "closed":
                return {group: form for group, form in held.items() if group in self.closed}
            case "revoked":
                return {}


def _counts(group: Group, cell: Cell, standing: Standing) -> bool:
    met = standing.grounds | ({"C"} if group in standing.consented else set())
    return not cell.needs or bool(cell.needs & met)


def _narrower(form: str, preview: Cell) -> str:
    """A narrow mask of the row stays; what the row gives more of is given as the preview gives it."""
    return preview.form if form in WIDE else form


def read_matrix(text: str) -> Matrix:
    """A matrix from its YAML; InvalidInput("disclosure_invalid") for anything that is no matrix."""
    try:
        given = yaml.safe_load(text)
        rows = {str(name): _row(str(name), entry) for name, entry in given["recipients"].items()}
        stages = given["stages"]
        return Matrix(
            version=str(given["version"]),
            rows=rows,
            preview=_cells(stages["preview"]),
            closed=frozenset(_cells(stages["closed"])),
            closed_for=timedelta(days=parse_duration(str(stages["closed_for"])).days),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInput("disclosure_invalid", what=type(error).__name__) from error


@cache
def shipped_matrix() -> Matrix:
    """The matrix that the project ships."""
    return read_matrix(resources.files(__package__).joinpath("disclosure.yaml").read_text("utf-8"))


def _row(name: str, given: Mapping[str, Any]) -> Row:
    staged, pairwise = bool(given.get("staged", True)), bool(given.get("pairwise", False))
    return Row(name, frozenset(given["roles"]), _cells(given["cells"]), staged=staged, pairwise=pairwise)


def _cells(given: Mapping[str, str]) -> dict[Group, Cell]:
    if not given.keys() <= set(GROUPS) - {NEVER_STORED}:
        raise ValueError
    return {cast("Group", group): _cell(text) for group, text in given.items()}


def _cell(text: str) -> Cell:
    said, _, conditions = text.partition(" if ")
    code, _, form = said.partition(" ")
    needs = frozenset(conditions.split(" or ")) if conditions else frozenset({CODES[code]} - {""})
    if not needs <= CONDITIONS or (code == MASKED) != (form not in {"", OWN}):
        raise ValueError
    return Cell(form if code == MASKED else FULL, needs)
