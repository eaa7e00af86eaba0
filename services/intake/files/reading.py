"""From a path to rows: size is decided before a byte is read, kind by content and not by name."""

from __future__ import annotations

import stat
from pathlib import Path

from services.intake.files.limits import MAX_BYTES
from services.intake.files.refusal import FileRefused
from services.intake.files.sheet import Sheet
from services.intake.files.text import read_text
from services.intake.files.workbook import read_workbook

ZIP_MAGIC = b"PK"
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"


def read_notices(path: Path) -> Sheet:
    """All rows of a notices file, or FileRefused. At most 20 MB are read and 96 MB unpacked."""
    raw = read_bytes(path)
    if raw.startswith(OLD_OFFICE_MAGIC):
        raise FileRefused("file_unreadable")
    return read_workbook(raw) if raw.startswith(ZIP_MAGIC) else read_text(raw)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most 20 MB, or FileRefused."""
    try:
        known = path.stat()
        if not stat.S_ISREG(known.st_mode):
            raise FileRefused("file_unreadable")
        _check_size(known.st_size)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as wrong:
        raise FileRefused("file_unreadable") from wrong
    _check_size(len(raw))
    return raw


def _check_size(size: int) -> None:
    if size == 0:
        raise FileRefused("file_empty")
    if size > MAX_BYTES:
        raise FileRefused("file_too_large", f"{MAX_BYTES // 1024 // 1024} MB")
