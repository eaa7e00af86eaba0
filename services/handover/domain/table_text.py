"""YAML as plain data in which every error names its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from services.kernel.errors import JieliError

Plain: TypeAlias = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None


class BadTable(JieliError):
    """A rule file that cannot be used; the text names the line."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"规则表有误 bad rule table, line {line}: {what}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of the file with its line."""

    line: int
    fields: Mapping[str, Plain]

    def check(self, required: Iterable[str], optional: Iterable[str] = ()) -> Entry:
        """Itself; BadTable where a key is missing or unknown."""
        missing = set(required) - set(self.fields)
        unknown = set(self.fields) - set(required) - set(optional)
        if missing or unknown:
            raise BadTable(f"missing {sorted(missing)}, unknown {sorted(unknown)}", self.line)
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """A string."""
        found = self.fields.get(key, default)
        if not isinstance(found, str):
            raise BadTable(f"{key} must be text", self.line)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; a single one counts as a list of one, a missing one as none."""
        found = self.fields.get(key, [])
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise BadTable(f"{key} must be a list of names", self.line)
        return tuple(str(one) for one in listed)


def read_document(text: str) -> tuple[dict[str, Plain], yaml.MappingNode]:
    """The whole document as plain data, and its node for lines."""
    node = yaml.compose(text, yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise BadTable("a mapping is wanted", 1)
    return yaml.safe_load(text), node


def entries(root: yaml.MappingNode, part: str) -> list[Entry]:
    """The mappings of a list."""
    node = child(root, part)
    if not isinstance(node, yaml.SequenceNode):
        raise BadTable(f"{part} must be a list", line_of(node))
    return [entry(one) for one in node.value]


def named_entries(root: yaml.MappingNode, part: str) -> dict[str, Entry]:
    """The mappings of a mapping, by name."""
    node = child(root, part)
    if not isinstance(node, yaml.MappingNode):
        raise BadTable(f"{part} must be a mapping", line_of(node))
    return {key.value: entry(value) for key, value in node.value}


def entry(node: yaml.Node) -> Entry:
    """One mapping; a key that is no text (YAML reads `on` as true) is an error."""
    if not isinstance(node, yaml.MappingNode):
        raise BadTable("a mapping is wanted", line_of(node))
    for key, _ in node.value:
        if key.tag != "tag:yaml.org,2002:str":
            raise BadTable(f"key {key.value!r} is not text", line_of(key))
    return Entry(line_of(node), _construct(node))


def child(root: yaml.MappingNode, part: str) -> yaml.Node:
    """The value of a key."""
    for key, value in root.value:
        if key.value == part:
            found: yaml.Node = value
            return found
    raise BadTable(f"{part} is missing", line_of(root))


def line_of(node: yaml.Node) -> int:
    """Counted from 1."""
    return int(node.start_mark.line) + 1


def _construct(node: yaml.Node) -> dict[str, Plain]:
    loader = yaml.SafeLoader("")
    try:
        plain: dict[str, Plain] = loader.construct_document(node)
        return plain
    finally:
        loader.dispose()
