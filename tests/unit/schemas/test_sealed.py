from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from schemas.escalation import NoticeFacts, StatutoryNoticeSigned
from schemas.intake import OrderServed
from schemas.sealed import Clear, ClearTextLeak, Sealed, StillSealed, Token, opened, sealed_fields, with_sealed

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TOKEN = {"v": 1, "alg": "A256GCM", "kid": "k", "nonce": "bm9uY2U", "ct": "Y3Q"}
SECRET = "O-SECRET-1"


def served(order_no: object = SECRET) -> OrderServed:
    return OrderServed.model_validate({"person_ref": "p", "order_kind": "CRH", "order_no": order_no, "served_at": NOW})


class Inner(BaseModel):
    note: Sealed[str]


class Outer(BaseModel):
    inner: Inner | None
    plain: int
    other: Sealed[int] | None = None


def test_plain_input_becomes_clear_and_a_token_stays_a_token() -> None:
    assert served().order_no == Clear(SECRET)
    assert served(TOKEN).order_no == Token.model_validate(TOKEN)


@pytest.mark.parametrize("how", [{}, {"mode": "json"}, {"mode": "python"}, {"by_alias": False}])
def test_a_clear_field_is_never_dumped(how: dict[str, Any]) -> None:
    with pytest.raises(ClearTextLeak):
        served().model_dump(**how)


def test_a_clear_field_is_never_written_as_json() -> None:
    with pytest.raises(ClearTextLeak):
        served().model_dump_json()


def test_no_back_door_writes_a_clear_field() -> None:
    with pytest.raises(PydanticSerializationError):
        TypeAdapter(OrderServed).dump_json(served())
    with pytest.raises((ValueError, TypeError, ClearTextLeak)):
        jsonable_encoder({"field": served().order_no})
    with pytest.raises(ClearTextLeak):
        pickle.dumps(served().order_no)


def test_a_token_is_written_as_it_is() -> None:
    assert served(TOKEN).model_dump(mode="json")["order_no"] == TOKEN


def test_printing_shows_three_stars() -> None:
    event = served()
    shown = f"{event!r} {event} {event.order_no!r} {event.order_no} {[event.order_no]}"
    assert SECRET not in shown
    assert "order_no=***" in shown


def test_an_error_about_a_sealed_field_does_not_repeat_it() -> None:
    with pytest.raises(ValidationError) as caught:
        served({"wrong": SECRET})
    assert SECRET not in str(caught.value)


def test_a_broken_token_is_refused() -> None:
    with pytest.raises(ValidationError):
        served(TOKEN | {"alg": "none"})
    with pytest.raises(ValidationError):
        served(TOKEN | {"nonce": "=="})


def test_a_clear_value_is_validated_like_the_plain_one() -> None:
    with pytest.raises(ValidationError):
        served(Clear(""))


def test_an_opened_field_gives_its_value_and_a_sealed_one_does_not() -> None:
    assert opened(served().order_no) == SECRET
    with pytest.raises(StillSealed):
        opened(served(TOKEN).order_no)


def test_clear_values_compare_and_copy_but_never_change() -> None:
    clear = Clear(SECRET)
    assert clear == copy.deepcopy(clear) == copy.copy(clear)
    assert clear != Clear("other")
    assert len({clear, Clear(SECRET)}) == 1
    with pytest.raises(AttributeError):
        clear.value = "other"


def test_sealed_fields_are_found_by_wire_name_also_inside_other_models() -> None:
    assert sealed_fields(OrderServed) == ("order_no",)
    assert sealed_fields(Outer) == ("inner.note", "other")


def test_a_structured_field_is_sealed_as_a_whole() -> None:
    facts = NoticeFacts(order_no="O-1")
    event = StatutoryNoticeSigned(person_ref="p", handover_id="h", facts=Clear(facts))
    assert sealed_fields(StatutoryNoticeSigned) == ("facts",)
    assert event.facts is not None
    assert opened(event.facts) == facts


def test_sealed_values_are_changed_by_path() -> None:
    model = Outer.model_validate({"inner": {"note": "a"}, "plain": 1, "other": 2})
    seen: list[str] = []
    changed = with_sealed(model, lambda path, _value: seen.append(path) or Token.model_validate(TOKEN))  # type: ignore[func-returns-value]
    assert seen == ["inner.note", "other"]
    assert changed.model_dump(mode="json") == {"inner": {"note": TOKEN}, "plain": 1, "other": TOKEN}
