"""Why a file is refused as a whole: one code, and the names that help to mend it. Never a value from the file."""

from __future__ import annotations

from typing import Literal, TypeAlias

FileCode: TypeAlias = Literal[
    "file_unreadable",
    "file_empty",
    "file_too_large",
    "archive_bomb",
    "encoding_unknown",
    "column_missing",
    "column_unknown",
    "column_forbidden",
]


class FileRefused(Exception):
    """A file that is not read at all. `names` are headings or limits."""

    def __init__(self, code: FileCode, *names: str) -> None:
        super().__init__(f"{code} {' '.join(names)}".strip())
        self.code: FileCode = code
        self.names = names
