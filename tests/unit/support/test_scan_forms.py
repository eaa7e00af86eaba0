"""Whoever hides a text in one of the usual forms is found, wherever in the bytes it begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.scan.forms import Searched, Secret
from tests.support.scan.sealed_fields import catalogue, sealed

TEXTS = ("00010319630813709x", "00034358401", "合成甲10001", "甲市03区S012街道合成路53号", "O-7F31C09B2A")
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "clear": lambda raw: raw,
    "hex": lambda raw: raw.hex().encode(),
    "HEX": lambda raw: raw.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    "percent": lambda raw: "".join(f"%{byte:02X}" for byte in raw).encode(),
}
TOKEN = {"v": 1, "alg": "A256GCM", "kid": "k", "nonce": "AAAAAAAAAAAAAAAA", "ct": "AAAA"}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("written", WRITTEN)
def test_each_form_is_found_behind_any_number_of_other_bytes(text: str, encoding: str, written: str) -> None:
    searched = Searched.of([Secret("it", text)])
    for before in range(6):
        inner = b"?" * before + text.encode(encoding) + b"!"
        content = b"." * (before % 5) + WRITTEN[written](inner) + b" and so on"
        assert {form.secret.what for form in searched.within(content)} == {"it"}, before


@pytest.mark.parametrize("text", TEXTS)
def test_escapes_of_json_and_of_addresses_are_found(text: str) -> None:
    searched = Searched.of([Secret("it", text)])
    for content in (json.dumps({"a": text}), quote(f"/people/{text}"), json.dumps(text).upper().replace("\\U", "\\u")):
        assert searched.within(content.encode())


def test_nothing_is_found_where_nothing_is() -> None:
    searched = Searched.of([Secret("it", text) for text in TEXTS])
    assert searched.within(b"\x00" * 100 + "合成乙20002 00010319630813708x O-7F31C09B2B".encode() * 9) == []
    assert searched.within(b"") == []


def test_the_specification_names_the_sealed_fields() -> None:
    known = catalogue()
    assert known.by_event["OrderServed"] == {"order_no"}
    assert known.by_event["PersonReleased"] == {"certificate_no"}
    assert known.by_event["TestAttendanceRecorded"] == {"status", "excuse"}
    assert known.by_event["ServiceEvaluationFiled"] == {"period", "goals", "satisfaction"}
    assert {"order_no", "certificate_no", "flags", "facts", "doc_no"} <= known.anywhere
    assert "status" not in known.anywhere


@pytest.mark.parametrize(
    "value",
    ["O-1", {"v": 1}, TOKEN | {"note": "x"}, TOKEN | {"alg": "none"}, TOKEN | {"ct": "not so!"}, 5, [TOKEN]],
)
def test_what_is_no_token_is_not_sealed(value: object) -> None:
    assert not sealed(value)
    assert sealed(TOKEN)
    assert sealed(None)


def test_an_open_field_is_found_at_any_depth_and_under_its_own_event_alone() -> None:
    known = catalogue()
    assert list(known.open_fields("TestResultRecorded", {"result": "POS"})) == ["result"]
    assert list(known.open_fields("ContactMade", {"result": "TALKED"})) == []
    assert list(known.open_fields(None, {"doc": [{"order_no": "O-1"}]})) == ["/doc/order_no"]
    assert list(known.open_fields("OrderServed", {"order_no": TOKEN})) == []
