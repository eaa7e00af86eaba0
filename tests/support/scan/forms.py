"""The forms in which a text may lie in bytes, and a search for many of them at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_from_bytes

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
GRAM = 4
LEAST = 4  # bytes; a shorter form would be found by chance


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that must not be readable. `what`: how a finding names it, never the text itself."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one secret."""

    secret: Secret
    name: str
    content: bytes


@dataclass(frozen=True)
class Searched:
    """All forms of some secrets."""

    forms: Mapping[bytes, Form]

    @classmethod
    def of(cls, secrets: Iterable[Secret]) -> Searched:
        """Every form of every secret, once: the plainest where two are the same bytes."""
        found = [form for secret in secrets for form in forms_of(secret)]
        return cls({form.content: form for form in reversed(found)})

    def within(self, content: bytes) -> list[Form]:
        """The forms that the content holds."""
        there = self._grams_of(content)
        likely = (form for raw, form in self.forms.items() if self._cut[raw] <= there)
        return [form for form in likely if form.content in content]

    @cached_property
    def _cut(self) -> Mapping[bytes, frozenset[int]]:
        return {raw: frozenset(_grams(raw)) for raw in self.forms}

    @cached_property
    def _all(self) -> frozenset[int]:
        return frozenset(gram for grams in self._cut.values() for gram in grams)

    def _grams_of(self, content: bytes) -> set[int]:
        """Those four-byte pieces of the content, at any place, that some form has too."""
        found: set[int] = set()
        for start in range(GRAM):
            rest = memoryview(content)[start:]
            found |= self._all.intersection(rest[: len(rest) // GRAM * GRAM].cast("I"))
        return found


def forms_of(secret: Secret) -> Iterator[Form]:
    """Clear, hex, base64 and percent in each encoding, and JSON's escapes."""
    for encoding in ENCODINGS:
        raw = secret.text.encode(encoding)
        for name, content in _written(raw):
            if len(content) >= LEAST:
                yield Form(secret, f"{encoding} {name}", content)
    escaped = json.dumps(secret.text)[1:-1].encode()
    yield Form(secret, "json", escaped)
    yield Form(secret, "json", escaped.upper().replace(rb"\U", rb"\u"))


def _written(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "clear", raw
    yield "hex", raw.hex().encode()
    yield "hex", raw.hex().upper().encode()
    for altchars in (b"+/", b"-_"):
        yield from (("base64", text) for text in _base64(raw, altchars))
    whole = "".join(f"%{byte:02X}" for byte in raw)
    for text in (quote_from_bytes(raw), quote_from_bytes(raw, safe=""), whole, whole.lower()):
        yield "percent", text.encode()
    yield "percent", quote_from_bytes(raw).lower().encode()


def _base64(raw: bytes, altchars: bytes) -> Iterator[bytes]:
    """What of it is always the same, whatever stands before and behind: one form for each of three alignments."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw, altchars=altchars).rstrip(b"=")
        start = -(-before * 8 // 6)
        end = (before + len(raw)) * 8 // 6
        yield text[start:end]


def _grams(raw: bytes) -> Iterator[int]:
    for start in range(len(raw) - GRAM + 1):
        yield int.from_bytes(raw[start : start + GRAM], "little")
