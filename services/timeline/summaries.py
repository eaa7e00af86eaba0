"""One plain sentence for each fact, from codes and open fields only: what is sealed stays sealed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.kernel.clock import SHANGHAI
from services.kernel.phrases import Phrases
from services.reference.organisations import Organisations

OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
FIELD: Final = re.compile(r"{(\w+)}")
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY_LENGTH: Final = len("2026-01-01")
CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")
NUMBERS: Final = frozenset({"notice_no", "version"})
POINTER: Final = "_ptr"
GROUP_LISTS: Final = frozenset({"groups", "field_groups"})


class Summaries:
    """Sentences of facts; `directory` turns organisation ids into names."""

    def __init__(self, phrases: Phrases, directory: Organisations) -> None:
        self._phrases = phrases
        self._directory = directory

    def of(self, name: str, data: Mapping[str, Any], lang: str) -> str:
        """The sentence of a fact by its short name; a fact without words shows its name."""
        template = self._phrases.template(f"event.{name}", lang)
        return filled(template, dict(self._shown(data, lang))) if template else name

    def marked(self, name: str, data: Mapping[str, Any], lang: str, *, late: bool, corrected: bool) -> str:
        """The sentence with its marks behind it."""
        marks = ["mark.late"] * late + ["mark.corrected"] * corrected
        return self.of(name, data, lang) + "".join(self._phrases.say(mark, lang) for mark in marks)

    def say(self, code: str, lang: str, **values: object) -> str:
        """A sentence of this service by its code."""
        return self._phrases.say(code, lang, **values)

    def action(self, code: str, lang: str) -> str:
        """What an action code asks for, in words."""
        return self._phrases.say(f"action.{code}", lang)

    def word(self, code: str, lang: str) -> str:
        """A code in words: an organisation's name, a state, a reason; an unknown code as it is."""
        found = self._directory.get(code)
        if found:
            return found.name
        return self._phrases.say(f"word.{code}", lang) if self._phrases.knows(f"word.{code}", lang) else code

    def rule(self, code: str, lang: str) -> str:
        """A reason for a support level in words; an unknown one as it is."""
        return self._phrases.say(f"rule.{code}", lang) if self._phrases.knows(f"rule.{code}", lang) else code

    def listed(self, words: Sequence[str], lang: str) -> str:
        """Words one after the other."""
        return ("、" if lang == "zh" else ", ").join(words)

    def part(self, code: str, values: Mapping[str, str], lang: str) -> str:
        """A sentence with parts in brackets, by its code."""
        return filled(self._phrases.template(code, lang) or "", values)

    def instant(self, text: str, lang: str) -> str:
        """A day or an instant (ISO text) in words."""
        return day_in_words(date.fromisoformat(text), lang) if len(text) == DAY_LENGTH else instant_in_words(text, lang)

    def _shown(self, data: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
        for name, value in data.items():
            if isinstance(value, bool):
                yield name, self.word("yes" if value else "no", lang)
            elif isinstance(value, int):
                yield name, str(value)
            elif name in GROUP_LISTS and isinstance(value, list | tuple) and value:
                yield name, self.listed([self._group(group, lang) for group in value], lang)
            elif isinstance(value, str) and not name.endswith(POINTER) and (text := self._text(name, value, lang)):
                yield name, text

    def _group(self, group: str, lang: str) -> str:
        known = self._phrases.knows(f"group.{group}", lang)
        return self._phrases.say(f"group.{group}", lang) if known else group

    def _text(self, name: str, value: str, lang: str) -> str:
        """Days, codes and numbers in words; free text is never shown."""
        if DAY.fullmatch(value[:DAY_LENGTH]):
            return self.instant(value, lang)
        return self.word(value, lang) if name in NUMBERS or CODE.fullmatch(value) else ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; a part in brackets is left out where one of its values is missing."""

    def part(found: re.Match[str]) -> str:
        text = found.group(1)
        return text if all(name in values for name in FIELD.findall(text)) else ""

    return FIELD.sub(lambda found: values.get(found.group(1), "—"), OPTIONAL.sub(part, template)).strip()


def day_in_words(day: date, lang: str) -> str:
    """`2026年3月5日`, `5 Mar 2026`."""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def instant_in_words(text: str, lang: str) -> str:
    """A day with its hour; midnight is the end of the day before, as terms are counted."""
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    if at.hour == at.minute == at.second == 0:
        return day_in_words(at.date() - timedelta(days=1), lang) + ("24时" if lang == "zh" else " 24:00")
    return f"{day_in_words(at.date(), lang)}{'' if lang == 'zh' else ' '}{at:%H:%M}"
