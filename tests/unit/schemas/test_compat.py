from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

import pytest
from pydantic import AwareDatetime, Field, create_model

from schemas.base import Event, Model
from schemas.compat import compare
from schemas.export import schema_of
from schemas.ids import Code
from schemas.sealed import Sealed


class Base(Event):
    wire: ClassVar[str] = "cn.aftercare.test.Thing.v1"
    topic: ClassVar[str] = "hub.test.v1"
    pii: ClassVar[Any] = "P1"


class Part(Model):
    a: str


class WiderPart(Model):
    a: str
    b: str | None = None


class OtherPart(Model):
    a: int


def schema(**fields: tuple[Any, Any]) -> dict[str, Any]:
    parts: Any = fields
    return schema_of(create_model("Thing", __base__=Base, **parts))


SEALED_TEXT: Any = Sealed[str]  # type: ignore[misc]
SEALED_A: Any = Sealed[Literal["A"]]  # type: ignore[misc]
Fields: TypeAlias = dict[str, tuple[Any, Any]]
SAME: Fields = {"keep": (str, ...)}
BREAKING: dict[str, tuple[Fields, Fields]] = {
    "a new required field": ({}, {"x": (str, ...)}),
    "a removed field": ({"x": (str, None)}, {}),
    "a field required from now": ({"x": (str, "a")}, {"x": (str, ...)}),
    "a narrowed enum": ({"x": (Literal["A", "B"], ...)}, {"x": (Literal["A"], ...)}),
    "any text narrowed to an enum": ({"x": (str, ...)}, {"x": (Literal["A", "B"], ...)}),
    "another type": ({"x": (str, ...)}, {"x": (int, ...)}),
    "null no longer allowed": ({"x": (str | None, ...)}, {"x": (str, ...)}),
    "a field sealed from now": ({"x": (str, ...)}, {"x": (SEALED_TEXT, ...)}),
    "a field no longer sealed": ({"x": (SEALED_TEXT | None, None)}, {"x": (str | None, None)}),
    "a narrower value inside the seal": ({"x": (SEALED_TEXT, ...)}, {"x": (SEALED_A, ...)}),
    "a shorter text": ({"x": (str, Field(max_length=9))}, {"x": (str, Field(max_length=8))}),
    "a lower limit": ({"x": (int, Field(ge=0))}, {"x": (int, Field(ge=1))}),
    "a limit where none was": ({"x": (int, ...)}, {"x": (int, Field(le=9))}),
    "another pattern": ({"x": (str, Field(pattern="^a"))}, {"x": (str, Field(pattern="^b"))}),
    "another format": ({"x": (str, ...)}, {"x": (AwareDatetime, ...)}),
    "another part": ({"x": (Part, ...)}, {"x": (OtherPart, ...)}),
    "other items": ({"x": (tuple[str, ...], ...)}, {"x": (tuple[int, ...], ...)}),
    "other values by name": ({"x": (dict[str, str], ...)}, {"x": (dict[str, int], ...)}),
    "other values by code": ({"x": (dict[Code, str], ...)}, {"x": (dict[Code, int], ...)}),
    "only codes as names": ({"x": (dict[str, str], ...)}, {"x": (dict[Code, str], ...)}),
    "a list of other parts": ({"x": (tuple[Part, ...], ())}, {"x": (tuple[OtherPart, ...], ())}),
}
COMPATIBLE: dict[str, tuple[Fields, Fields]] = {
    "a new optional field": ({}, {"x": (str | None, None)}),
    "a field optional from now": ({"x": (str, ...)}, {"x": (str, "a")}),
    "a widened enum": ({"x": (Literal["A"], ...)}, {"x": (Literal["A", "B"], ...)}),
    "any text instead of an enum": ({"x": (Literal["A", "B"], ...)}, {"x": (str, ...)}),
    "null allowed from now": ({"x": (str, ...)}, {"x": (str | None, ...)}),
    "a longer text": ({"x": (str, Field(max_length=8))}, {"x": (str, Field(max_length=9))}),
    "a dropped pattern": ({"x": (str, Field(pattern="^a"))}, {"x": (str, ...)}),
    "any number instead of a whole one": ({"x": (int, ...)}, {"x": (float, ...)}),
    "any names instead of codes": ({"x": (dict[Code, str], ...)}, {"x": (dict[str, str], ...)}),
    "a wider part": ({"x": (Part, ...)}, {"x": (WiderPart, ...)}),
    "a wider value inside the seal": ({"x": (SEALED_A, ...)}, {"x": (SEALED_TEXT, ...)}),
}


@pytest.mark.parametrize("case", BREAKING)
def test_breaking(case: str) -> None:
    before, after = BREAKING[case]
    changes = compare(schema(**SAME, **before), schema(**SAME, **after))
    assert changes[0].breaking
    assert changes[0].path.startswith("/x")


@pytest.mark.parametrize("case", COMPATIBLE)
def test_compatible(case: str) -> None:
    before, after = COMPATIBLE[case]
    changes = compare(schema(**SAME, **before), schema(**SAME, **after))
    assert changes
    assert not [change for change in changes if change.breaking]


def test_equal_schemas_do_not_differ() -> None:
    assert compare(schema(**SAME), schema(**SAME)) == []


def test_a_move_to_another_topic_is_breaking() -> None:
    moved = schema(**SAME) | {"x-topic": "hub.elsewhere.v1"}
    assert [change.what for change in compare(schema(**SAME), moved)] == ["moved"]
