from __future__ import annotations

from typing import Any

import pytest

from schemas.registry import EVENTS, load
from schemas.upcasts import UPCASTS
from tests.contract.schemas.corpus import golden

CORPUS = golden()


def test_every_version_ever_written_has_a_sample() -> None:
    assert CORPUS.keys() == EVENTS.keys() | UPCASTS.keys()


@pytest.mark.parametrize(("wire", "data"), CORPUS.items(), ids=CORPUS.keys())
def test_every_version_ever_written_still_loads(wire: str, data: dict[str, Any]) -> None:
    event = load(wire, data)
    if wire in EVENTS:
        assert event.wire == wire
        assert load(wire, event.model_dump(mode="json")) == event
