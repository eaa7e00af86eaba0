"""How a story is told while it is played: lines for programs, and on stderr words that a trainer can follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text
from typing_extensions import override

from services.handover.domain.actors import shipped_actors
from services.kernel.clock import SHANGHAI
from services.kernel.phrases import Phrases
from services.rehearsal.acting import Outcome
from services.rehearsal.checking import Leaf
from services.rehearsal.playing import Audience
from services.rehearsal.reading import directory
from services.rehearsal.story import By, Record, Step, Story
from services.timeline.summaries import Summaries

Emit = Callable[..., None]
GOOD, BAD, DIM, ACT = "green", "bold red", "dim", "bold"
WORD_FIELDS: Final = ("state", "track", "station", "accountable")


class Telling(Audience):
    """Tells in one language; `emit` takes a kind and the fields of one line."""

    def __init__(self, emit: Emit, lang: str) -> None:
        self.phrases = Phrases.load("services.kernel", "services.timeline", "services.rehearsal", lang=lang)
        self.lang = lang
        self._emit = emit
        self._page = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)

    @override
    def begins(self, story: Story) -> None:
        self._page.print()
        self._page.print(Text(self._say("begins", name=story.names[self.lang]), style=ACT))

    @override
    def happened(self, story: Story, at: datetime, items: Sequence[dict[str, Any]]) -> None:
        for item in items:
            self._page.print(Text(f"  {minute(item['time'])}  · {item['summary']}", style=DIM))

    @override
    def acted(self, story: Story, step: Step, record: Record, outcome: Outcome) -> None:
        good = outcome.ok(record.refused)
        line = {"at": step.at.isoformat(), "record": record.name, "for": record.person}
        line |= {"outcome": "accepted" if outcome.accepted else "refused", "code": outcome.code}
        self._emit("step", file=story.file, step=step.number, **line, ok=good)
        act = self._say("acts", who=self._who(record.by, story), whom=record.person, what=self._what(record, story))
        became = self._say("taken") if outcome.accepted else self._say("refused", why=self._code(outcome.code))
        if not good:
            became += self._say("unlike", expected=self._code(record.refused) if record.refused else self._say("taken"))
        self._page.print(Text(f"▶ {minute(step.at.isoformat())}  {act}").append(became, style=GOOD if good else BAD))

    @override
    def looked(self, story: Story, step: Step, leaf: Leaf) -> None:
        line = {"path": leaf.path, "expected": leaf.expected, "actual": leaf.actual, "ok": leaf.ok}
        self._emit("expect", file=story.file, step=step.number, **line)
        if leaf.ok:
            self._page.print(Text(f"  ✓ {leaf.path} = {self._value(leaf, leaf.actual, story)}", style=GOOD))
            return
        expected, actual = (self._value(leaf, value, story) for value in (leaf.expected, leaf.actual))
        said = self._say("not_so", path=leaf.path, expected=expected, actual=actual)
        self._page.print(Text(f"  ✗ {said}", style=BAD))

    @override
    def stuck(self, story: Story, step: Step, waiting: str) -> None:
        self._emit("error", code="not_quiet", detail=waiting, file=story.file, step=step.number)
        self._page.print(Text(self._say("not_quiet", step=step.number, waiting=waiting), style=BAD))

    @override
    def ended(self, story: Story, failed: int, seconds: float) -> None:
        name, spent = story.names[self.lang], round(seconds, 2)
        self._emit("story", file=story.file, name=name, ok=not failed, failed=failed, seconds=spent)
        code = "failed_story" if failed else "held"
        said = self._say(code, name=name, failed=failed, seconds=spent)
        self._page.print(Text(said, style=BAD if failed else GOOD))

    def _say(self, code: str, **values: object) -> str:
        return self.phrases.say(f"rehearsal.{code}", self.lang, **values)

    def _what(self, record: Record, story: Story) -> str:
        said = Summaries(self.phrases, directory(story.scene.city))
        return said.of(record.name, record.data, self.lang)

    def _who(self, by: By, story: Story) -> str:
        role = self._role(by.role)
        org = directory(story.scene.city).get(by.org)
        return f"{org.name} {role}" if org else role

    def _role(self, role: str) -> str:
        roles = shipped_actors().data["roles"]
        told = roles.get(role) if isinstance(roles, dict) else None
        if self.lang == "zh" and isinstance(told, dict):
            return str(told.get("zh"))
        return role.replace("_", " ").lower()

    def _code(self, code: str) -> str:
        known = next((each for each in (f"problem.{code}", f"receipt.{code}") if self.phrases.knows(each)), None)
        return f"{self.phrases.say(known, self.lang)}（{code}）" if known else code

    def _value(self, leaf: Leaf, value: object, story: Story) -> str:
        if leaf.path.rpartition(".")[2] not in WORD_FIELDS or not isinstance(value, str):
            return self._say("nothing") if value is None else str(value)
        return Summaries(self.phrases, directory(story.scene.city)).word(value, self.lang)


def minute(instant: str) -> str:
    """An instant in Shanghai time, to the minute."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
