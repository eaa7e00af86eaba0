"""Numbers of notices and papers as centres give them, told apart from numbers that belong to a person."""

from __future__ import annotations

import re
from typing import Final

PLAIN: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./-]{0,63}", re.ASCII)
NUMBER_LIKE: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])", re.ASCII)
LONG_RUN: Final = re.compile(r"\d{15}", re.ASCII)  # a resident number, old or new, mistyped too
PHONE_LIKE: Final = re.compile(r"(?<!\d)(?:86)?(?:1[3-9]\d|000)[-. ]?\d{4}[-. ]?\d{4}(?!\d)", re.ASCII)
BROKEN_UP: Final = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?![\dXx])", re.ASCII)
SEPARATORS: Final = str.maketrans("", "", "-_./ ")


def is_personal(text: str) -> bool:
    """Whether a text holds what looks like a resident number or a phone number, broken up or not."""
    shapes = (NUMBER_LIKE, LONG_RUN, PHONE_LIKE)
    return any(shape.search(text) for shape in shapes) or bool(BROKEN_UP.search(text.translate(SEPARATORS)))


def is_plain(text: str) -> bool:
    """Whether a text is a number that may be stored and shown: 1 to 64 ASCII characters, nobody's own number."""
    return bool(PLAIN.fullmatch(text)) and not is_personal(text)


def shown(text: str) -> str:
    """The number, or empty where it is none that may be shown."""
    return text if is_plain(text) else ""
