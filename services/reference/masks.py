"""What the forms of the disclosure matrix (◐) leave of a record. A form that nobody described leaves nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from schemas.groups import PERSON_RECORD, Group
from services.reference.disclosure import FULL, Sight

Change: TypeAlias = Callable[[Any], Any]

LAST: Final = 4
COUNTY: Final = 6  # digits of a division code that name the county or district
STAR: Final = "*"


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value itself."""
    return value


def surname(name: str) -> str:
    """The first character of a name; the others as stars."""
    return name[:1] + STAR * (len(name) - 1)


def last4(number: str) -> str:
    """The last four characters; those before them as stars, and all of them where there are no more than four."""
    kept = number[-LAST:] if len(number) > LAST else ""
    return STAR * (len(number) - len(kept)) + kept


def county(division: str) -> str:
    """The county or district of a division code."""
    return division[:COUNTY]


LEFT: Final[Mapping[tuple[Group, str], Mapping[str, Change]]] = {
    ("F1", "pseudonym"): {"ref": as_it_is},
    ("F1", "ids"): {"ref": as_it_is},
    ("F2", "surname"): {"name": surname},
    ("F3", "last4"): {"resident_id": last4},
    ("F5", "street"): {"residence_div": as_it_is},
    ("F5", "district"): {"residence_div": county},
    ("F6", "county"): {"hukou_div": county},
    ("F7", "type"): {"basis": as_it_is, "order_kind": as_it_is},
    ("F7", "type_dates"): dict.fromkeys(("basis", "order_kind", "served_at", "term_months"), as_it_is),
    ("F8", "dates"): dict.fromkeys(("planned_release_date", "released_at"), as_it_is),
    ("F9", "codes"): {"codes": as_it_is},
    ("F18", "part"): {"requested_services": as_it_is},
}
"""By group and form, the fields that stay and what is done to each."""


def disclosed(record: Mapping[str, Any], sight: Sight) -> dict[Group, dict[str, Any]]:
    """The fields of a person's record (`PERSON_RECORD`) that a reader sees, by group; unset ones are left out."""
    return {group: _shown(record, group, form) for group, form in sight.items()}


def _shown(record: Mapping[str, Any], group: Group, form: str) -> dict[str, Any]:
    changes = _whole(group) if form == FULL else LEFT.get((group, form), {})
    return {name: change(record[name]) for name, change in changes.items() if record.get(name) is not None}


def _whole(group: Group) -> dict[str, Change]:
    return {name: as_it_is for name, of in PERSON_RECORD.items() if of == group}
