from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schemas.base import Event
from schemas.export import schema_of
from schemas.registry import EVENTS, load
from tests.property.schemas.payloads import payloads


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_exported_schema_allows_loads_and_comes_back_unchanged(
    event: type[Event], data: st.DataObject
) -> None:
    payload = data.draw(payloads(schema_of(event), clear=False))
    assume(payload.get("notice_no") is None or payload.get("document_no") is None)
    loaded = load(event.wire, payload)
    written = json.loads(loaded.model_dump_json())
    assert load(event.wire, written) == loaded
    assert payload.keys() <= written.keys()
