"""Every fact has a plain sentence in both languages, made of open fields only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest

from schemas import registry
from schemas.codes import State
from services.kernel.phrases import LANGUAGES, Phrases
from services.reference.organisations import load_city
from services.timeline.domain.tasks import ACTIONS
from services.timeline.summaries import FIELD, Summaries, filled

PHRASES = Phrases.load("services.timeline")
SUMMARIES = Summaries(PHRASES, load_city("a"))
TOKEN = {"v": 1, "alg": "A256GCM", "kid": "k", "nonce": "AAAA", "ct": "AAAA"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_event_type_has_a_sentence(lang: str) -> None:
    bare = {name: SUMMARIES.of(name, {}, lang) for name in registry.CURRENT}
    assert {name: said for name, said in bare.items() if said in {"", name} or re.search(r"[\[\]{}]", said)} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_uses_only_fields_of_its_event(lang: str) -> None:
    unknown = {name: shown_fields(name, lang) - set(fields_of(name)) for name in registry.CURRENT}
    assert {name: fields for name, fields in unknown.items() if fields} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_that_a_sentence_may_show_has_words(lang: str) -> None:
    codes = {
        code
        for name in registry.CURRENT
        for field, annotation in fields_of(name).items()
        if field in shown_fields(name, lang)
        for code in literals(annotation)
    }
    assert [code for code in sorted(codes) if not PHRASES.knows(f"word.{code}", lang)] == []


def shown_fields(name: str, lang: str) -> set[str]:
    return set(FIELD.findall(PHRASES.template(f"event.{name}", lang) or ""))


def fields_of(name: str) -> dict[str, Any]:
    return {info.alias or field: info.annotation for field, info in registry.CURRENT[name].model_fields.items()}


def literals(annotation: object) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (value for value in get_args(annotation) if isinstance(value, str))
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from literals(part)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_states_and_actions_have_words(lang: str) -> None:
    codes = [f"word.{state}" for state in get_args(State)] + [f"action.{action}" for action in ACTIONS]
    assert [code for code in codes if not PHRASES.knows(code, lang)] == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"station_id": "A01-S001", "ack_due": "2026-03-05T00:00:00+08:00"},
            "已推送至甲市01区S001街道服务站，等待签收，截止2026年3月4日24时",
        ),
        ({"station_id": "A01-S001"}, "已推送至甲市01区S001街道服务站，等待签收"),
        ({}, "已推送，等待签收"),
    ],
)
def test_names_days_and_missing_values_read_well(data: dict[str, Any], said: str) -> None:
    assert SUMMARIES.of("HandoverOffered", data, "zh") == said


def test_sealed_values_pointers_and_free_text_are_never_shown() -> None:
    data = {"a": TOKEN, "b_ptr": "vault://x", "c": "张三，住在某处", "d": ["X"], "e": None}
    shown = dict(SUMMARIES._shown(data, "zh"))
    assert shown == {}


def test_utc_instants_are_shown_in_local_time() -> None:
    assert SUMMARIES.instant("2026-03-04T16:00:00Z", "zh") == "2026年3月4日24时"
    assert SUMMARIES.instant("2026-03-04T01:30:00Z", "en") == "4 Mar 2026 09:30"


def test_a_part_without_its_value_is_left_out_and_a_bare_place_is_a_dash() -> None:
    assert filled("a[ b {x}][ c {y}] {z}", {"y": "1"}) == "a c 1 —"


def test_an_event_from_the_future_shows_its_name() -> None:
    assert SUMMARIES.of("NeverHeardOf", {}, "zh") == "NeverHeardOf"
