"""The whole picture: title, groups, arrows, states, panels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.handover.domain.drawing import arrows, boxes, panels, paper
from services.handover.domain.drawing.paper import Box
from services.handover.domain.drawing.places import CLOSED, GROUP_NAMES, GROUPS, LIVE, PAGE
from services.handover.domain.drawing.rows import Drawing, Say
from services.handover.domain.table import Table

STYLE: Final = """
text { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif }
text { fill: #1d2733 }
.name { font-weight: 700 } .key { font-weight: 700; font-size: 12px } .code { fill: #3d4b5c } .timer { fill: #7a3e9d }
.en { fill: #5b6775; font-size: 12px } .guard { fill: #b3261e } .mark { fill: #2c5f8a; font-weight: 700 }
.page { fill: #ffffff } .panel { fill: #fafbfc; stroke: #c5ccd4 }
.pill { fill: #ffffff; stroke: #9aa5b1; stroke-width: .8 }
.band { fill: #e9edf1 } .group { fill: #f5f8fb; stroke: #9fb4c9; stroke-dasharray: 5 4 } .start { fill: #1d2733 }
.pre { fill: #e3eefa; stroke: #2f6fb3 } .post { fill: #e4f4e8; stroke: #2e7d4f }
.statutory { fill: #fbe6e3; stroke: #b3402e } .hold { fill: #fdf1d3; stroke: #a8781a }
.closed { fill: #eeeff2; stroke: #6b7684 }
.arrow { fill: none; stroke: #34495e; stroke-width: 1.6; marker-end: url(#head); stroke-linejoin: round }
.arrows text { paint-order: stroke; stroke: #f8fafc; stroke-width: 3px; stroke-linejoin: round }
"""
HEAD: Final = (
    '<defs><marker id="head" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M 0 0.8 L 10 5 L 0 9.2 z" fill="#34495e"/></marker></defs>'
)


def svg(table: Table, say: Say) -> str:
    """The table as an A3 drawing (420 by 297 mm). `say`: words by code and language."""
    drawing = Drawing.of(table, say)
    size = f'viewBox="0 0 {PAGE.w:g} {PAGE.h:g}" width="420mm" height="297mm"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">'
    inside = [*_told(drawing), f"<style>{STYLE}</style>", HEAD, *_marks(drawing)]
    return "\n".join([opening, *inside, "</svg>"]) + "\n"


def _told(drawing: Drawing) -> Iterator[str]:
    yield f'<title id="title">{_both(drawing, "title")}</title>'
    yield f'<desc id="desc">{_both(drawing, "subtitle")}. {_both(drawing, "about")}</desc>'


def _marks(drawing: Drawing) -> Iterator[str]:
    states = boxes.placed(drawing)
    yield paper.rect(PAGE, "page", 0)
    yield from _title(drawing)
    yield from _frames(drawing)
    yield arrows.start_mark(drawing)
    yield from panels.legend(drawing)
    yield from panels.stays(drawing)
    yield from panels.members(drawing)
    yield from (boxes.state_box(drawing, state, box) for state, box in states.items())
    yield paper.group("arrows", arrows.drawn(drawing, states | GROUPS))


def _title(drawing: Drawing) -> Iterator[str]:
    yield paper.text(14, 34, [("name", _say(drawing, "title", "zh")), ("name", _say(drawing, "title", "en"))], 24)
    zh = f"{_say(drawing, 'subtitle', 'zh')}　{_say(drawing, 'about', 'zh')}"
    yield paper.text(14, 56, [("zh", zh)], 14)
    yield paper.text(14, 74, [("en", f"{_say(drawing, 'subtitle', 'en')}; {_say(drawing, 'about', 'en')}")], 12)


def _frames(drawing: Drawing) -> Iterator[str]:
    yield from _band(drawing, LIVE, "group.LIVE", "LIVE")
    yield from _band(drawing, CLOSED, "picture.closings", "")
    for name, box in GROUPS.items():
        yield paper.rect(box, "group", 10)
        said = [("name", drawing.say(f"group.{name}", "zh")), ("key", name), ("en", drawing.say(f"group.{name}", "en"))]
        x, y, anchor = GROUP_NAMES[name]
        yield paper.text(x, y, said, 14, anchor)


def _band(drawing: Drawing, box: Box, code: str, key: str) -> Iterator[str]:
    yield paper.rect(box, "band")
    said = [("name", drawing.say(code, "zh")), ("key", key), ("en", drawing.say(code, "en"))]
    yield paper.text(box.x + 10, box.y + 18, said, 15)


def _both(drawing: Drawing, key: str) -> str:
    return f"{_say(drawing, key, 'zh')} {_say(drawing, key, 'en')}"


def _say(drawing: Drawing, key: str, lang: str) -> str:
    table = drawing.table
    rules = len(table.create) + len(table.reopen) + len(table.transitions)
    template = drawing.say(f"picture.{key}", lang)
    return template.format_map({"version": table.version, "states": str(len(table.states)), "rules": str(rules)})
