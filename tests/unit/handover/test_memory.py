"""What a saga remembers, read back."""

from __future__ import annotations

import pytest

from services.handover.domain.memory import from_json, patched, to_json
from services.handover.domain.saga import Saga
from services.kernel.errors import Poison

SAGA = Saga(handover_id="h", person_ref="p", state="OFFERED", hops=2)


def test_a_field_that_was_not_written_yet_has_its_default() -> None:
    written = to_json(SAGA)
    del written["hops"]
    assert from_json(written) == Saga(handover_id="h", person_ref="p", state="OFFERED")


def test_a_damaged_saga_is_not_read_with_a_default_and_its_values_are_not_named() -> None:
    with pytest.raises(Poison, match=r"saga_damaged holds, orders$") as raised:
        from_json({**to_json(SAGA), "orders": {"tag": "ZHANG"}, "holds": "x"})
    assert raised.value.__cause__ is None
    assert patched(SAGA, {"hops": "x"}) == SAGA
