"""The arrows between boxes with the events that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.handover.domain.drawing import paper, rows
from services.handover.domain.drawing.paper import Box
from services.handover.domain.drawing.places import ROUTES, START, Anchor, Route
from services.handover.domain.drawing.rows import Drawing
from services.handover.domain.lanes import OPENING, Lane, Step

STEP, STACKED = 15, 29


def drawn(drawing: Drawing, boxes: Mapping[str, Box]) -> Iterator[str]:
    """Every routed lane, in the order of the table. `boxes`: states and groups by name."""
    start = Box(START[0], START[1], 0, 6)
    for lane in drawing.lanes:
        if not rows.routed(drawing, lane):
            continue
        source = drawing.source(lane)
        route = ROUTES[source, lane.to]
        line = _line(route, start if source == OPENING else boxes[source], boxes[lane.to])
        yield rows.lane_group(lane, iter([line, *_words(drawing, lane, route)]))


def start_mark(drawing: Drawing) -> str:
    """The dot where every handover begins."""
    x, y = START
    return (
        f'<circle class="start" cx="{x:g}" cy="{y:g}" r="6">{paper.hint(drawing.say("picture.start", "zh"))}</circle>'
    )


def _line(route: Route, source: Box, target: Box) -> str:
    return paper.arrow([_point(source, route.leave), *route.bends, _point(target, route.arrive)])


def _point(box: Box, anchor: Anchor) -> tuple[float, float]:
    edges = {"N": box.y, "S": box.bottom, "W": box.x, "E": box.right}
    edge = edges[anchor.side]
    return (anchor.at, edge) if anchor.side in "NS" else (edge, anchor.at)


def _words(drawing: Drawing, lane: Lane, route: Route) -> Iterator[str]:
    x, y = route.label
    for n, step in enumerate(lane.steps):
        lines = _lines(drawing, step, stacked=route.stacked)
        top = y + n * (STACKED if route.stacked else STEP)
        said = [paper.text(x, top + m * 14, parts, anchor=route.anchor) for m, parts in enumerate(lines)]
        yield paper.group("step", [rows.step_hint(drawing, step), *said], event=step.event)


def _lines(drawing: Drawing, step: Step, *, stacked: bool) -> list[list[paper.Part]]:
    parts = rows.step_words(drawing, step)
    if not stacked:
        return [parts]
    guard = parts[2:]
    return [[parts[0], *guard], [parts[1]]]
