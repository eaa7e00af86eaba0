"""An XLSX file is an archive: it is measured before anything unpacks it, by its directory and then by its bytes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from services.intake.files.limits import MAX_COLUMNS, MAX_ENTRIES, MAX_RATIO, MAX_ROWS, MAX_UNPACKED, SMALL_ENTRY
from services.intake.files.refusal import FileRefused

CHUNK = 256 * 1024
LOCAL_HEADER = struct.Struct("<26xHH")
ENCRYPTED = 0x1
CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})(\d{1,9})["']""")
OVERLAP = 64
LETTERS = 26


def check_archive(raw: bytes) -> None:
    """Raises FileRefused for an archive that is broken, unpacks to too much, or claims too many cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as wrong:
        raise FileRefused("file_unreadable") from wrong
    _check_directory(entries)
    left = MAX_UNPACKED
    for entry in entries:
        left -= _measure(raw, entry, left)


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise FileRefused("archive_bomb")
    for entry in entries:
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise FileRefused("file_unreadable")
        if entry.file_size > SMALL_ENTRY and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise FileRefused("archive_bomb")


def _measure(raw: bytes, entry: zipfile.ZipInfo, left: int) -> int:
    """Unpacked size of an entry by its bytes, since a directory may lie; looks at the cells of sheets on the way."""
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    size, tail = 0, b""
    for chunk in _unpacked(raw, entry):
        size += len(chunk)
        if size > left:
            raise FileRefused("archive_bomb")
        if is_sheet:
            _check_cells(tail + chunk)
            tail = chunk[-OVERLAP:]
    return size


def _unpacked(raw: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    packed = _packed(raw, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not inflate.eof:
            yield inflate.decompress(packed, CHUNK)
            packed = inflate.unconsumed_tail
    except zlib.error as wrong:
        raise FileRefused("file_unreadable") from wrong


def _packed(raw: bytes, entry: zipfile.ZipInfo) -> bytes:
    try:
        name, extra = LOCAL_HEADER.unpack_from(raw, entry.header_offset)
    except struct.error as wrong:
        raise FileRefused("file_unreadable") from wrong
    start = entry.header_offset + LOCAL_HEADER.size + name + extra
    return raw[start : start + entry.compress_size]


def _check_cells(xml: bytes) -> None:
    """A sheet is laid out as a full rectangle when read: one far cell would ask for gigabytes."""
    for letters, digits in CELL.findall(xml):
        if int(digits) > MAX_ROWS * 2:
            raise FileRefused("file_too_large", f"{MAX_ROWS}")
        if _column(letters) > MAX_COLUMNS:
            raise FileRefused("column_unknown", letters.decode())


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * LETTERS + letter - ord("A") + 1
    return place
