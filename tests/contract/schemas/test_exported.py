from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import export
from schemas.asyncapi import document
from schemas.registry import CURRENT, EVENTS
from schemas.topics import TOPICS

NOTICE = "json/cn.aftercare.intake.ReleaseNoticeReceived.v1.json"


def test_what_is_committed_is_what_the_code_says() -> None:
    assert [line for difference in export.differences() for line in difference.lines()] == []


def test_two_exports_are_equal() -> None:
    assert export.exported() == export.exported()


def test_a_sealed_field_shows_the_token_and_nothing_clear() -> None:
    schema = export.schema_of(CURRENT["OrderServed"])
    order_no = schema["properties"]["order_no"]
    assert set(order_no["properties"]) == {"v", "alg", "kid", "nonce", "ct"}
    assert schema["x-sealed"] == ["order_no"]


def test_a_changed_field_is_found_and_judged(tmp_path: Path) -> None:
    export.write(tmp_path)
    committed = json.loads((tmp_path / NOTICE).read_text("utf-8"))
    committed["properties"]["weather"] = {"type": "string"}
    (tmp_path / NOTICE).write_text(json.dumps(committed), "utf-8")
    (found,) = export.differences(tmp_path)
    assert found.breaking
    assert found.lines() == [f"BREAKING changed {NOTICE}", "    BREAKING /weather: field removed"]


def test_a_version_taken_away_is_breaking_and_a_new_one_is_not(tmp_path: Path) -> None:
    export.write(tmp_path)
    (tmp_path / NOTICE).rename(tmp_path / "json" / "cn.aftercare.intake.Gone.v1.json")
    gone, added = export.differences(tmp_path)
    assert (gone.what, gone.breaking) == ("removed", True)
    assert (added.what, added.breaking) == ("added", False)


def test_check_says_what_changed_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    export.write(tmp_path)
    (tmp_path / NOTICE).unlink()
    monkeypatch.setattr(export.differences, "__defaults__", (tmp_path,))
    assert export.main(["--check"]) == 1
    assert capsys.readouterr().out == f"compatible added {NOTICE}\n"


def test_a_breaking_change_is_not_written_by_accident(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    export.write(tmp_path)
    (tmp_path / NOTICE).rename(tmp_path / "json" / "cn.aftercare.intake.Gone.v1.json")
    monkeypatch.setattr(export.differences, "__defaults__", (tmp_path,))
    monkeypatch.setattr(export.write, "__defaults__", (tmp_path,))
    assert export.main([]) == 1
    assert not (tmp_path / NOTICE).exists()
    assert export.main(["--allow-breaking"]) == 0
    assert (tmp_path / NOTICE).exists()


def test_the_document_of_topics_names_every_event_once_under_its_topic() -> None:
    channels = document()["channels"]
    assert set(channels) == set(TOPICS)
    placed = {name: topic for topic, channel in channels.items() for name in channel["messages"]}
    del placed["IngressMessage"]
    assert placed == {event.wire.removeprefix("cn.aftercare."): event.topic for event in EVENTS.values()}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    node = document()
    for reference in _references(node):
        if reference.startswith("./"):
            assert (export.HOME / reference).is_file()
        else:
            _follow(node, reference)


def test_headers_carry_the_cloudevents_attributes() -> None:
    headers = document()["components"]["messageTraits"]["CloudEvent"]["headers"]
    assert {"ce_id", "ce_source", "ce_type", "ce_specversion", "content-type", "ce_stream"} <= set(headers["required"])
    assert {"traceparent", "ce_srcseq", "ce_actorref"} <= headers["properties"].keys() - set(headers["required"])


def _references(node: object) -> list[str]:
    if isinstance(node, list):
        return [reference for part in node for reference in _references(part)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [reference for part in node.values() for reference in _references(part)]


def _follow(node: object, reference: str) -> None:
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(node, dict)
        node = node[step]
