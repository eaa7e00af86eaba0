"""The panels below: what happens in several states, what the groups hold, what the marks mean."""

from __future__ import annotations

from collections.abc import Iterator

from services.handover.domain.drawing import boxes, paper, rows
from services.handover.domain.drawing.paper import LINE, Box
from services.handover.domain.drawing.places import GROUPS, LEGEND, MEMBERS, STAYS
from services.handover.domain.drawing.rows import Drawing
from services.handover.domain.lanes import Lane, Step

TITLE, INSET = 15, 10
LEGEND_KEYS = ("arrow", "lane", "stay", "reopen", "resume", "timer", "guard")
MARKS = {"arrow": "——▸", "lane": "→", "stay": "↻", "reopen": "↺", "resume": "↺", "timer": "T_…", "guard": "◇"}


def stays(drawing: Drawing) -> Iterator[str]:
    """Events of several states that change none."""
    yield from _frame(drawing, STAYS, "stays")
    y = STAYS.y + TITLE + 15
    lanes = rows.stays_of_several(drawing)
    x = STAYS.x + INSET + max(rows.line_length(drawing.called(lane.states)) for lane in lanes) + 18
    for lane in lanes:
        flowed = list(_flow(drawing, lane, x, y))
        where = boxes.pill(drawing, lane.states, STAYS.x + INSET, y)
        yield rows.lane_group(lane, iter([where, *_shown(drawing, flowed)]))
        y = flowed[-1][2] + LINE


def members(drawing: Drawing) -> Iterator[str]:
    """Every group of the table with its states."""
    yield from _frame(drawing, MEMBERS, "members")
    for n, (name, states) in enumerate(drawing.table.groups.items()):
        y = MEMBERS.y + TITLE + 15 + n * LINE
        said = "、".join(drawing.zh(part) for part in _parts(drawing, name))
        yield boxes.pill(drawing, states, MEMBERS.x + INSET, y)
        yield paper.group("members", [paper.text(MEMBERS.x + 214, y, [("zh", said)])], group=name)


def legend(drawing: Drawing) -> Iterator[str]:
    """What the marks mean, in both languages."""
    yield from _frame(drawing, LEGEND, "legend")
    for n, key in enumerate(LEGEND_KEYS):
        y = LEGEND.y + TITLE + 15 + n * LINE
        zh, en = (drawing.say(f"picture.legend.{key}", lang) for lang in ("zh", "en"))
        yield paper.text(LEGEND.x + INSET, y, [("mark", MARKS[key])])
        yield paper.text(LEGEND.x + INSET + 48, y, [("zh", zh), ("en", en)])


def _frame(drawing: Drawing, box: Box, key: str) -> Iterator[str]:
    yield paper.rect(box, "panel")
    said = [("name", drawing.say(f"picture.{key}", "zh")), ("en", drawing.say(f"picture.{key}", "en"))]
    yield paper.text(box.x + INSET, box.y + TITLE, said, 13)


def _parts(drawing: Drawing, name: str) -> list[str]:
    """A group's states, those of a framed group within it taken together."""
    left, parts = list(drawing.table.groups[name]), []
    for framed in GROUPS:
        inner = drawing.table.groups[framed]
        if framed != name and set(inner) <= set(left):
            left = [state for state in left if state not in inner]
            parts.append(framed)
    return [*parts, *left]


def _flow(drawing: Drawing, lane: Lane, x: float, y: float) -> Iterator[tuple[Step, float, float]]:
    at = x
    for step in lane.steps:
        wide = rows.line_length(rows.step_words(drawing, step))
        if at > x and at + wide > STAYS.right - INSET:
            at, y = x, y + LINE
        yield step, at, y
        at += wide + 14


def _shown(drawing: Drawing, flowed: list[tuple[Step, float, float]]) -> Iterator[str]:
    for step, x, y in flowed:
        yield rows.step_text(drawing, step, x, y)
