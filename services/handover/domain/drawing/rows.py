"""What is listed in a state's box: what happens there, where one comes from, where one goes back to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.handover.domain.drawing import paper
from services.handover.domain.drawing.places import ROUTES, STATES
from services.handover.domain.lanes import OPENING, Lane, Step, described, lanes
from services.handover.domain.table import RESUME, SAME, Table

Say = Callable[[str, str], str]  # words by code and language
STAY, FROM, BACK = "↻", "→", "↺"
GUARDED = "◇"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The table, its lanes and the words of both languages."""

    table: Table
    lanes: tuple[Lane, ...]
    say: Say

    @classmethod
    def of(cls, table: Table, say: Say) -> Drawing:
        """Everything that is drawn of a table."""
        return cls(table, lanes(table), say)

    def source(self, lane: Lane) -> str:
        """What an arrow leaves: a state or a group; a set that is neither has a name of its own."""
        name, but = described(lane.states, self.table.groups)
        return f"{name} − {', '.join(but)}" if but else name

    def called(self, states: tuple[str, ...]) -> list[paper.Part]:
        """Some states in words and by code: 未依法报告，除暂停 REVOCABLE − ON_HOLD."""
        name, but = described(states, self.table.groups)
        without = "".join(f"{self.say('group.but', 'zh')}{self.zh(state)}" for state in but)
        words = "、".join(self.zh(one) for one in name.split(", "))
        return [("zh", f"{words}，{without}" if but else words), ("code", " − ".join([name, *but]))]

    def zh(self, name: str) -> str:
        """A state or a group in Chinese."""
        kind = "group" if name in self.table.groups else "state"
        return self.say(f"{kind}.{name}", "zh")


def routed(drawing: Drawing, lane: Lane) -> bool:
    """Whether the lane is an arrow between two boxes."""
    return not lane.reopens and (drawing.source(lane), lane.to) in ROUTES


def stays_of_several(drawing: Drawing) -> list[Lane]:
    """What happens in several states and changes none of them."""
    return [lane for lane in drawing.lanes if lane.to == SAME and len(lane.states) > 1]


def listed(drawing: Drawing, state: str) -> list[tuple[str, tuple[str, ...], Lane]]:
    """A state's lanes with their mark and the states shown before their events."""
    arrivals = [(FROM, lane.states, lane) for lane in drawing.lanes if _arrives(drawing, lane, state)]
    stays = [(STAY, (), lane) for lane in drawing.lanes if lane.to == SAME and lane.states == (state,)]
    back = [(BACK, (lane.to,), lane) for lane in drawing.lanes if _goes_back(lane, state)]
    return [*arrivals, *stays, *back]


def step_words(drawing: Drawing, step: Step) -> list[paper.Part]:
    """One event: Chinese, its code, and for a timer what it means in English."""
    timer = step.event in drawing.table.timers
    said = [("zh", drawing.say(f"input.{step.event}", "zh")), ("timer" if timer else "code", step.event)]
    said += [("en", drawing.say(f"input.{step.event}", "en"))] if timer else []
    return [*said, ("guard", GUARDED)] if step.guarded else said


def step_hint(drawing: Drawing, step: Step) -> str:
    """Every rule of an event with its condition."""
    rules = "; ".join(rule.id + (f" [{rule.guard}]" if rule.guard else "") for rule in step.rules)
    return paper.hint(f"{drawing.say(f'input.{step.event}', 'en')} · {rules}")


def step_text(drawing: Drawing, step: Step, x: float, y: float) -> str:
    """One event on one line."""
    said = paper.text(x, y, step_words(drawing, step))
    return paper.group("step", [step_hint(drawing, step), said], event=step.event)


def lane_group(lane: Lane, inside: Iterator[str]) -> str:
    """The marks of a lane, with its states and its target in data."""
    kind = "lane reopens" if lane.reopens else "lane"
    return paper.group(kind, inside, **{"from": " ".join(lane.states), "to": lane.to})


def line_length(parts: list[paper.Part]) -> float:
    """How wide a line of parts is."""
    return paper.width(" ".join(words for _, words in parts))


def _arrives(drawing: Drawing, lane: Lane, state: str) -> bool:
    if lane.to != state or lane.reopens or lane.states == (OPENING,):
        return False
    return not routed(drawing, lane)


def _goes_back(lane: Lane, state: str) -> bool:
    return lane.states == (state,) and (lane.reopens or lane.to == RESUME)


def row_count(drawing: Drawing, state: str) -> int:
    """Lines of text in a state's box."""
    return sum(len(lane.steps) for _, _, lane in listed(drawing, state))


def is_live(state: str) -> bool:
    """Whether the state stands among the live ones."""
    return state in STATES
