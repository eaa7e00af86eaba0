"""YAML whose every value knows its line; dates, codes and numbers with leading zeros stay text as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml

from services.reference.policy_bounds import Fault
from services.rehearsal.story import BadStory

Plain: TypeAlias = Any
WORDS: Final[Mapping[str, object]] = {"true": True, "false": False, "null": None, "~": None, "": None}
WHOLE: Final = re.compile(r"-?(0|[1-9]\d*)")
BROKEN: Final = re.compile(r"-?(0|[1-9]\d*)\.\d+")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a file: text, number, truth or nothing, a list of values, or values by key. `line`: of its key."""

    file: str
    line: int
    content: str | int | float | bool | list[Value] | dict[str, Value] | None

    def wrong(self, code: str, fault: Fault | None = None, **values: object) -> BadStory:
        """The error that this value is."""
        return BadStory(self.file, self.line, code, fault, **values)

    def fields(self, required: Iterable[str] = (), optional: Iterable[str] | None = None) -> dict[str, Value]:
        """Its values by key. Without `optional` any further key is allowed. Raises BadStory."""
        if not isinstance(self.content, dict):
            raise self.wrong("mapping_wanted")
        known = {*required, *(optional if optional is not None else self.content)}
        for name, value in self.content.items():
            if name not in known:
                raise value.wrong("key_unknown", name=name)
        for name in required:
            if name not in self.content:
                raise self.wrong("key_missing", name=name)
        return self.content

    def items(self) -> list[Value]:
        """The values of a list. Raises BadStory."""
        if not isinstance(self.content, list):
            raise self.wrong("list_wanted")
        return self.content

    def text(self) -> str:
        """A text that is not empty; a number is one too. Raises BadStory."""
        if isinstance(self.content, bool) or not isinstance(self.content, str | int) or self.content == "":
            raise self.wrong("text_wanted")
        return str(self.content)

    def texts(self) -> tuple[str, ...]:
        """A list of texts. Raises BadStory."""
        return tuple(each.text() for each in self.items())

    def number(self) -> int:
        """A whole number from zero on. Raises BadStory."""
        if isinstance(self.content, bool) or not isinstance(self.content, int) or self.content < 0:
            raise self.wrong("number_wanted")
        return self.content

    def plain(self) -> Plain:
        """The same as plain data."""
        if isinstance(self.content, dict):
            return {name: value.plain() for name, value in self.content.items()}
        if isinstance(self.content, list):
            return [value.plain() for value in self.content]
        return self.content


def read(file: str, text: str) -> Value:
    """The document of a file. Raises BadStory where it is no YAML, or says a key twice."""
    try:
        node = yaml.compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadStory(file, mark.line + 1 if mark else 1, "not_yaml", what=error.problem or "") from error
    except yaml.YAMLError as error:
        raise BadStory(file, 1, "not_yaml", what="") from error
    if node is None:
        raise BadStory(file, 1, "mapping_wanted")
    return _value(file, node, ())


def _value(file: str, node: yaml.Node, inside: tuple[yaml.Node, ...]) -> Value:
    line = int(node.start_mark.line) + 1
    if node in inside:
        raise BadStory(file, line, "not_yaml", what="&")
    path = (*inside, node)
    if isinstance(node, yaml.MappingNode):
        return Value(file, line, _fields(file, node, path))
    if isinstance(node, yaml.SequenceNode):
        return Value(file, line, [_value(file, each, path) for each in node.value])
    quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
    return Value(file, line, node.value if quoted else scalar(str(node.value)))


def _fields(file: str, node: yaml.MappingNode, path: tuple[yaml.Node, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = int(key.start_mark.line) + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadStory(file, line, "text_wanted")
        if key.value in found:
            raise BadStory(file, line, "key_twice", name=key.value)
        inner = _value(file, value, path)
        found[str(key.value)] = Value(file, line, inner.content)
    return found


def scalar(text: str) -> str | int | float | bool | None:
    """What a word without quotes means; everything that is not plainly a number or a truth stays text."""
    if text in WORDS:
        found = WORDS[text]
        return found if isinstance(found, bool) else None
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if BROKEN.fullmatch(text) else text
