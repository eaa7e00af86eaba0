"""CSV text: the encoding is decided, never guessed by statistics, and lines are read within limits."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterator

from services.intake.domain.columns import recognises
from services.intake.files.limits import MAX_LINE
from services.intake.files.refusal import FileRefused
from services.intake.files.sheet import Sheet, read_sheet


def read_text(raw: bytes) -> Sheet:
    """A CSV file as rows."""
    if not raw.removeprefix(BOM_UTF8).strip():
        raise FileRefused("file_empty")
    encoding, text = decode(raw)
    return read_sheet(encoding, _lines(text))


def decode(raw: bytes) -> tuple[str, str]:
    """Encoding and text: BOM, else strict UTF-8, else strict GB18030 with known headings, else refused."""
    if b"\0" in raw:
        raise FileRefused("encoding_unknown")
    for encoding in ("utf-8-sig",) if raw.startswith(BOM_UTF8) else ("utf-8", "gb18030"):
        text = _decoded(raw, encoding)
        if text is not None and (encoding != "gb18030" or _plausible(text)):
            return encoding, text
    raise FileRefused("encoding_unknown")


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _plausible(text: str) -> bool:
    """Nearly any bytes are some GB18030: believe it only where a known heading comes out."""
    first = text.lstrip()[:MAX_LINE].splitlines()[:1]
    return any(recognises(cells) for cells in csv.reader(first))


def _lines(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(_bounded(text), strict=True)
    except csv.Error as wrong:
        raise FileRefused("file_unreadable") from wrong


def _bounded(text: str) -> Iterator[str]:
    stream = io.StringIO(text, newline="")
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise FileRefused("file_unreadable")
        yield line
