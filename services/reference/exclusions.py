"""What no text at any door may speak of: belief and its groups (specification §0.2). Names and addresses excepted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

IDENTITY: Final = "identity"
"""A person may be called, or live, as they please."""
EXCLUDED: Final = re.compile(
    r"宗教|教派|邪教|涉邪|法轮|\b(?:religio\w*|cults?|sects?|faith|belief)\b|\b(?:SHEXIE|XIEJIAO)\b", re.IGNORECASE
)
WORD_JOINTS: Final = re.compile(r"[_:./-]")
DEPTH: Final = 8


def excluded_fields(data: Mapping[str, Any]) -> list[str]:
    """The fields of a message, by name, in which some text speaks of an excluded category."""
    return sorted(name for name, value in data.items() if name != IDENTITY and any(map(_excluded, _texts(value))))


def _excluded(text: str) -> bool:
    return EXCLUDED.search(WORD_JOINTS.sub(" ", text)) is not None


def _texts(value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value
    elif depth < DEPTH and isinstance(value, Mapping):
        for name, inside in value.items():
            yield str(name)
            yield from _texts(inside, depth + 1)
    elif depth < DEPTH and isinstance(value, list | tuple):
        for inside in value:
            yield from _texts(inside, depth + 1)
