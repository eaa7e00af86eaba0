"""A state's box: its names in both languages, then its rows."""

from __future__ import annotations

from collections.abc import Iterator

from services.handover.domain.drawing import paper, rows
from services.handover.domain.drawing.paper import LINE, Box
from services.handover.domain.drawing.places import CLOSED, STATES, TERMINALS
from services.handover.domain.drawing.rows import Drawing
from services.handover.domain.lanes import Lane
from services.handover.domain.table import RESUME

HEAD, HEAD_CLOSED, FOOT = 42, 28, 6
GAP, INSET, MARK, AFTER = 8, 10, 16, 6
RESUMED = (RESUME,)


def placed(drawing: Drawing) -> dict[str, Box]:
    """Every state's box; as high as its rows. KeyError: a state that no place is chosen for."""
    live = {state: _live(drawing, state) for state in drawing.table.states if state not in drawing.table.terminal}
    return live | _closed(drawing)


def state_box(drawing: Drawing, state: str, box: Box) -> str:
    """One state."""
    kind = STATES[state].kind if rows.is_live(state) else "closed"
    inside = [paper.rect(box, kind), *_names(drawing, state, box), *_rows(drawing, state, box)]
    return paper.group("state", inside, state=state)


def pill(drawing: Drawing, states: tuple[str, ...], x: float, y: float) -> str:
    """Some states as a small box around their names; `y` is the base line."""
    said = pill_words(drawing, states)
    box = Box(x, y - 11.5, rows.line_length(said) + 8, 15)
    return paper.group("where", [paper.rect(box, "pill", 7), paper.text(x + 4, y, said)])


def _pill_width(drawing: Drawing, states: tuple[str, ...]) -> float:
    return rows.line_length(pill_words(drawing, states)) + 8 + AFTER if states else 0


def pill_words(drawing: Drawing, states: tuple[str, ...]) -> list[paper.Part]:
    """What a pill says; RESUME is no state and says where it leads."""
    if states == RESUMED:
        return [("zh", drawing.say("picture.legend.resume", "zh")), ("code", RESUME)]
    return drawing.called(states)


def _live(drawing: Drawing, state: str) -> Box:
    place = STATES[state]
    return Box(place.x, place.y, place.w, HEAD + LINE * rows.row_count(drawing, state) + FOOT)


def _closed(drawing: Drawing) -> dict[str, Box]:
    found: dict[str, Box] = {}
    y = CLOSED.bottom + GAP
    for state in TERMINALS:
        high = HEAD_CLOSED + LINE * rows.row_count(drawing, state) + FOOT
        found[state] = Box(CLOSED.x, y, CLOSED.w, high)
        y += high + GAP
    return found


def _names(drawing: Drawing, state: str, box: Box) -> list[str]:
    zh, en = (drawing.say(f"state.{state}", lang) for lang in ("zh", "en"))
    if rows.is_live(state):
        first = paper.text(box.x + INSET, box.y + 19, [("name", zh), ("key", state)], 15)
        return [first, paper.text(box.x + INSET, box.y + 35, [("en", en)])]
    return [paper.text(box.x + INSET, box.y + 19, [("name", zh), ("key", state), ("en", en)], 14)]


def _rows(drawing: Drawing, state: str, box: Box) -> Iterator[str]:
    y = box.y + (HEAD if rows.is_live(state) else HEAD_CLOSED) + 12
    lanes = rows.listed(drawing, state)
    widths = [_pill_width(drawing, shown) for _, shown, _ in lanes]
    for row, width in zip(lanes, widths, strict=True):
        column = width if rows.is_live(state) else max(widths)
        yield rows.lane_group(row[2], _lane(drawing, row, (box.x + INSET, y, column)))
        y += LINE * len(row[2].steps)


def _lane(drawing: Drawing, row: tuple[str, tuple[str, ...], Lane], at: tuple[float, float, float]) -> Iterator[str]:
    mark, shown, lane = row
    x, y, column = at
    yield paper.text(x, y, [("mark", mark)])
    if shown:
        yield pill(drawing, shown, x + MARK, y)
    for n, step in enumerate(lane.steps):
        yield rows.step_text(drawing, step, x + MARK + column, y + n * LINE)
