"""A release notice as typed values, from a file row or a request, with the canonical content that its hash covers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from services.intake.domain import cells, numbers, resident_id
from services.intake.domain.cells import BadCell
from services.reference.organisations import Organisations

CENTRES = ("DETOX", "PRISON")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who it is (class P2). Lives in memory and in the vault only; its repr says nothing."""

    name: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)
    resident_id: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    hukou_div: str = field(default="", repr=False)
    hukou_address: str = field(default="", repr=False)
    residence_div: str = field(default="", repr=False)
    residence_address: str = field(default="", repr=False)
    contact_phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a centre says about one release. `source` is the centre; numbers are unique per centre only."""

    source: str
    notice_no: str
    revision: int
    episode_no: int
    planned_release_date: date
    order_expected: str
    basis: str
    flags: tuple[str, ...]
    identity: Identity
    dsa_id: str | None = None

    def content(self) -> bytes:
        """Canonical bytes of all that two notices must share to be the same. Holds P2: only its keyed hash is kept."""
        values = asdict(self) | {"planned_release_date": self.planned_release_date.isoformat()}
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row is no notice: receipt reason and field name."""

    reason: str
    field: str


def read_row(row: Mapping[str, str], organisations: Organisations, *, synthetic: bool) -> Notice | RowRefusal:
    """A file row, keyed by field name, as a notice; the first fault refuses it."""
    try:
        return Notice(
            notice_no=read_notice_no(row["notice_no"]),
            revision=cells.count(row["revision"], "revision_invalid", "revision"),
            source=read_centre(row["centre_id"], organisations),
            identity=read_identity(row, synthetic=synthetic),
            planned_release_date=cells.day(row["planned_release_date"]),
            episode_no=cells.count(row["episode_no"], "code_unknown", "episode_no"),
            order_expected=cells.code(row["order_expected"], cells.ORDER_EXPECTED, "order_expected"),
            basis=cells.code(row["basis"], cells.BASIS, "basis"),
            flags=cells.flags(row["flags"]),
        )
    except BadCell as fault:
        return RowRefusal(fault.reason, fault.field)


def read_notice_no(text: str) -> str:
    """A centre's own number; BadCell with notice_no_missing or, for what may be a name or a person's, code_unknown."""
    number = cells.squeezed(text)
    if not number:
        raise BadCell("notice_no_missing", "notice_no")
    if not numbers.is_plain(number):
        raise BadCell("code_unknown", "notice_no")
    return number


def read_centre(text: str, organisations: Organisations) -> str:
    """The id of a known detox centre or prison."""
    centre = cells.squeezed(text)
    if organisations.type_of(centre) not in CENTRES:
        raise BadCell("centre_unknown", "centre_id")
    return centre


def read_identity(row: Mapping[str, str], *, synthetic: bool) -> Identity:
    """The person in a file row; a centre always knows the resident number of those it releases."""
    return Identity(
        name=row["name"].strip(),
        sex=cells.code(row["sex"], cells.SEX, "sex"),
        resident_id=checked_id(row["resident_id"], synthetic=synthetic),
        phone=cells.squeezed(row["phone"]),
        hukou_div=cells.division(row["hukou_div"], "hukou_div"),
        hukou_address=row["hukou_address"].strip(),
        residence_div=cells.division(row["residence_div"], "residence_div"),
        residence_address=row["residence_address"].strip(),
        contact_phone=cells.squeezed(row["contact_phone"]),
    )


def checked_id(text: str, *, synthetic: bool) -> str:
    """A resident number, normalised; BadCell with the fault of it. `synthetic`: which kind this hub takes."""
    number = resident_id.normalise(text)
    fault = resident_id.fault(number, synthetic=synthetic)
    if fault:
        raise BadCell(fault, "resident_id")
    return number
