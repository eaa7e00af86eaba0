"""A person's copy names organisations and capacities, never a member of staff."""

from __future__ import annotations

import re
from typing import Final

from schemas.base import PersonEvent
from schemas.registry import CURRENT
from services.timeline.copying import OTHERS

STAFF: Final = re.compile(r"(^|_)(actor|worker|official|officials|staff|team|collector|lead|by)(_|$)")
NO_PERSON: Final = frozenset({"suggested_by_rule"})


def test_every_field_that_names_staff_is_left_out_of_the_copy() -> None:
    fields = {name for kind in CURRENT.values() if issubclass(kind, PersonEvent) for name in kind.model_fields}
    assert {name for name in fields if STAFF.search(name)} - NO_PERSON == OTHERS
