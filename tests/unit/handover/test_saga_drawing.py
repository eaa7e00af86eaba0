"""The diagram says what the table says; the table is read here as plain YAML, the drawing as plain XML."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from services.handover import diagram
from services.handover.domain.drawing.picture import svg
from services.handover.domain.table import read_table, shipped_table
from services.kernel.phrases import Phrases

GOLDEN = Path(__file__).parents[2] / "golden" / "handover-saga.yaml"
NS = "{http://www.w3.org/2000/svg}"
WIDE, OPENING = 0x2E80, "[*]"
UNITS_PER_MM = 1680 / 420
Fact = tuple[str, str, str]
Rect = tuple[float, float, float, float]
TABLE: dict[str, Any] = yaml.safe_load(GOLDEN.read_text("utf-8"))
PICTURE = ET.fromstring(diagram.text())  # noqa: S314 - our own text


def drawn(text: str) -> str:
    phrases = Phrases.load("services.handover")
    return svg(read_table(text), lambda code, lang: phrases.template(code, lang) or code)


def table_facts() -> set[Fact]:
    """Every (state, event, next state) of the golden copy."""
    facts = {(OPENING, rule["event"], rule["to"]) for rule in TABLE["create"]}
    for rule in (*TABLE["transitions"], *TABLE["reopen"]):
        for state in members(rule["from"]):
            facts.add((state, rule["event"], state if rule["to"] == "SAME" else rule["to"]))
    return facts


def members(written: str | list[str]) -> list[str]:
    named = [written] if isinstance(written, str) else written
    return [state for name in named for state in TABLE["groups"].get(name, [name])]


def picture_facts(picture: ET.Element) -> list[Fact]:
    """Every (state, event, next state) that a lane of the picture stands for."""
    return [
        (state, step.attrib["data-event"], state if lane.attrib["data-to"] == "SAME" else lane.attrib["data-to"])
        for lane in lanes(picture)
        for step in marked(lane, "step")
        for state in lane.attrib["data-from"].split()
    ]


def lanes(picture: ET.Element) -> list[ET.Element]:
    return [one for one in picture.iter(f"{NS}g") if one.get("class", "").startswith("lane")]


def marked(inside: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in inside.iter(f"{NS}g") if one.get("class") == kind]


def words(inside: ET.Element) -> str:
    return " ".join("".join(one.itertext()) for one in inside.iter(f"{NS}text"))


def text_box(one: ET.Element) -> Rect:
    """Where a line of text stands: wide characters 1 em, others 0.55 em."""
    size, x, y = (float(one.attrib[key]) for key in ("font-size", "x", "y"))
    wide = sum(1.0 if ord(each) >= WIDE else 0.55 for each in "".join(one.itertext())) * size
    left = x - wide if one.get("text-anchor") == "end" else x
    return left, y - 0.8 * size, left + wide, y + 0.15 * size


def rect_box(one: ET.Element) -> Rect:
    x, y, w, h = (float(one.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + w, y + h


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def state_boxes() -> dict[str, Rect]:
    return {one.attrib["data-state"]: rect_box(one[0]) for one in marked(PICTURE, "state")}


def test_every_step_of_the_table_is_drawn_and_no_other() -> None:
    assert set(picture_facts(PICTURE)) == table_facts()


def test_every_event_is_written_by_its_code_and_in_chinese() -> None:
    for step in marked(PICTURE, "step"):
        assert step.attrib["data-event"] in words(step).split()
        assert re.search(r"[\u4e00-\u9fff]", words(step))


def test_every_state_stands_once_in_both_languages() -> None:
    states = {**dict.fromkeys(TABLE["groups"]["LIVE"]), **dict.fromkeys(TABLE["terminal"])}
    assert len(states) == 16
    assert sorted(one.attrib["data-state"] for one in marked(PICTURE, "state")) == sorted(states)
    phrases = Phrases.load("services.handover")
    for one in marked(PICTURE, "state"):
        names = [phrases.say(f"state.{one.attrib['data-state']}", lang) for lang in ("zh", "en")]
        assert all(name in words(one) for name in [*names, one.attrib["data-state"]])


def test_the_states_written_before_events_are_the_lanes_own() -> None:
    for lane in lanes(PICTURE):
        for where in marked(lane, "where"):
            named = re.findall(r"[A-Z][A-Z_]+", words(where))
            if lane.attrib["data-to"] == "RESUME" or lane.attrib["class"] == "lane reopens":
                assert named == [lane.attrib["data-to"]]
                continue
            states = [state for state in members(named[0]) if state not in named[1:]]
            assert sorted(states) == sorted(lane.attrib["data-from"].split())


def test_every_group_is_listed() -> None:
    assert [one.attrib["data-group"] for one in marked(PICTURE, "members")] == list(TABLE["groups"])


def test_arrows_leave_and_reach_the_boxes_that_they_connect() -> None:
    boxes = state_boxes()
    frames = [rect_box(one) for one in PICTURE.iter(f"{NS}rect") if one.get("class") == "group"]
    drawn_lanes = [lane for lane in lanes(PICTURE) if lane.find(f"{NS}path") is not None]
    assert len(drawn_lanes) > 15
    for lane in drawn_lanes:
        path = lane.find(f"{NS}path")
        assert path is not None
        numbers = [float(each) for each in re.findall(r"[\d.]+", path.attrib["d"])]
        start, end = (numbers[0], numbers[1]), (numbers[-2], numbers[-1])
        sources = lane.attrib["data-from"].split()
        assert on_edge(end, boxes[lane.attrib["data-to"]])
        if sources != [OPENING]:
            wanted = [boxes[sources[0]]] if len(sources) == 1 else frames
            assert any(on_edge(start, box) for box in wanted)


def test_no_arrow_runs_through_a_state() -> None:
    inner = [(x0 + 1, y0 + 1, x1 - 1, y1 - 1) for x0, y0, x1, y1 in state_boxes().values()]
    for path in PICTURE.iter(f"{NS}path"):
        if path.get("class") == "arrow":
            assert not any(overlap(piece, box) for piece in pieces(path.attrib["d"]) for box in inner), path.attrib


def pieces(along: str) -> list[Rect]:
    """The straight pieces of a path as thin rectangles."""
    numbers = [float(each) for each in re.findall(r"[\d.]+", along)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    return [(min(a, c), min(b, d), max(a, c) + 0.1, max(b, d) + 0.1) for (a, b), (c, d) in itertools.pairwise(points)]


def on_edge(point: tuple[float, float], box: Rect) -> bool:
    x, y = point
    inside = box[0] <= x <= box[2] and box[1] <= y <= box[3]
    return inside and (x in {box[0], box[2]} or y in {box[1], box[3]})


def test_no_two_lines_of_text_overlap() -> None:
    found = [(one, text_box(one)) for one in PICTURE.iter(f"{NS}text")]
    clashes = [(words_of(a), words_of(b)) for (a, p), (b, q) in itertools.combinations(found, 2) if overlap(p, q)]
    assert clashes == []


def words_of(one: ET.Element) -> str:
    return "".join(one.itertext())


def test_no_two_state_boxes_overlap() -> None:
    assert not any(overlap(a, b) for a, b in itertools.combinations(state_boxes().values(), 2))


def test_a_states_words_stay_within_its_box() -> None:
    for one in marked(PICTURE, "state"):
        left, top, right, bottom = rect_box(one[0])
        for line in one.iter(f"{NS}text"):
            x0, y0, x1, y1 = text_box(line)
            assert left <= x0 < x1 <= right, words_of(line)
            assert top <= y0 < y1 <= bottom, words_of(line)


def test_nothing_stands_outside_the_page_and_no_text_is_too_small() -> None:
    _, _, wide, high = (float(one) for one in PICTURE.attrib["viewBox"].split())
    assert wide / UNITS_PER_MM == 420
    assert high / UNITS_PER_MM == 297
    boxes = [text_box(one) for one in PICTURE.iter(f"{NS}text")]
    boxes += [rect_box(one) for one in PICTURE.iter(f"{NS}rect")]
    assert all(x0 >= 0 and y0 >= 0 and x1 <= wide and y1 <= high for x0, y0, x1, y1 in boxes)
    assert min(float(one.attrib["font-size"]) for one in PICTURE.iter(f"{NS}text")) / UNITS_PER_MM >= 2.2


def test_it_has_a_title_and_a_description_and_loads_nothing() -> None:
    assert PICTURE[0].tag == f"{NS}title"
    assert PICTURE[1].tag == f"{NS}desc"
    assert "href" not in diagram.text()
    assert "url(http" not in diagram.text()


@pytest.mark.parametrize(
    ("was", "becomes", "fact"),
    [
        ("HandoverAccepted, to: ACCEPTED", "HandoverAccepted, to: READY", ("OFFERED", "HandoverAccepted", "READY")),
        ("to: CLOSED_DECEASED", "to: CLOSED_CUSTODY", ("READY", "DeathConfirmed", "CLOSED_CUSTODY")),
        ("event: T_HOLD, to: ON_HOLD", "event: T_HOLD, to: NOTICED", ("ON_HOLD", "T_HOLD", "NOTICED")),
    ],
)
def test_a_changed_rule_changes_the_drawing(was: str, becomes: str, fact: Fact) -> None:
    text = GOLDEN.read_text("utf-8")
    assert was in text
    facts = set(picture_facts(ET.fromstring(drawn(text.replace(was, becomes)))))  # noqa: S314 - our own text
    assert fact in facts
    assert len(facts ^ table_facts()) > 0


def test_the_committed_file_is_the_export_and_another_one_fails_the_check(tmp_path: Path) -> None:
    assert diagram.main(["--check"]) == 0
    assert diagram.text() == diagram.COMMITTED.read_text("utf-8")
    other = tmp_path / "saga.svg"
    changed = GOLDEN.read_text("utf-8").replace("T_ONBOARD, to: REPORTED", "T_ONBOARD, to: READY")
    other.write_text(drawn(changed), "utf-8")
    assert diagram.main(["--check"], other) == 1


def test_the_shipped_table_is_the_golden_one() -> None:
    assert shipped_table().as_data() == TABLE
