"""Files are read within limits or refused by one code."""

import datetime as dt
import io
import resource
import struct
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from services.intake.domain.columns import HEADINGS
from services.intake.files.limits import MAX_BYTES, MAX_ROWS
from services.intake.files.reading import read_notices
from services.intake.files.refusal import FileRefused

NOTICES = Path(__file__).parents[2] / "fixtures" / "notices"
HEADING = ",".join(HEADINGS)
ROW = "N-1,1,A-CENTRE-1,1,合成甲1,男,000101199003070075,00012345678,000101001,路,000101001,路,2026-03-20,是,无,,"


def written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def refusal(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_notices(path)
    return caught.value


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, dt.date):
                sheet.write_datetime(at, column, cell, as_date)
            else:
                sheet.write(at, column, cell)
    book.close()
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_csv_file_is_read_in_any_of_three_encodings(tmp_path: Path, encoding: str, ending: str) -> None:
    sheet = read_notices(written(tmp_path / "n.csv", ending.join([HEADING, ROW, ""]).encode(encoding)))
    assert sheet.encoding == encoding
    assert [row.number for row in sheet.rows] == [2]
    assert sheet.rows[0].cells["name"] == "合成甲1"


def test_columns_stand_in_any_order_and_blank_lines_are_left_out_but_counted(tmp_path: Path) -> None:
    lines = [",".join(reversed(line.split(","))) for line in (HEADING, ROW)]
    sheet = read_notices(written(tmp_path / "n.csv", "\n".join([lines[0], "", ",,,", lines[1]]).encode()))
    assert [(row.number, row.cells["notice_no"]) for row in sheet.rows] == [(4, "N-1")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\r\n", "file_empty"),
        (HEADING.encode(), "file_empty"),
        ("通知编号,姓名\n1,2".encode("utf-16"), "encoding_unknown"),
        ("a,b\nπαράδειγμα,1".encode("cp1253"), "encoding_unknown"),
        (bytes(range(1, 256)) * 40, "encoding_unknown"),
        (b"PK\x03\x04 this is no archive", "file_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "file_unreadable"),
        ((HEADING + '\n"' + "x" * 200_000).encode(), "file_unreadable"),
        ((HEADING + "\n" + "x" * 2_000_000).encode(), "file_unreadable"),
        ((HEADING + "\n" + f"{ROW}\n" * (MAX_ROWS + 1)).encode(), "file_too_large"),
        ((HEADING + "\n" + ROW + ",more").encode(), "column_unknown"),
        (("," * 2_000 + "x\n1").encode(), "column_unknown"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_one_code(tmp_path: Path, raw: bytes, code: str) -> None:
    assert refusal(written(tmp_path / "n.csv", raw)).code == code


def test_what_is_no_file_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv", Path("/dev/zero")):
        assert refusal(path).code == "file_unreadable"


def test_a_hundred_megabytes_are_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert refusal(path).code == "file_too_large"
    assert time.monotonic() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


def test_the_forbidden_columns_are_named_and_no_value_is_repeated() -> None:
    refused = refusal(NOTICES / "release-notices-forbidden-column.csv")
    assert refused.code == "column_forbidden"
    assert refused.names == ("宗教信仰", "手环编号")
    assert "7f31c0" not in repr(refused) + str(refused)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    refused = refusal(written(tmp_path / "n.csv", (HEADING.replace(",依据", "") + "\n1").encode()))
    assert (refused.code, refused.names) == ("column_missing", ("依据",))


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    typed: list[object] = list(ROW.split(","))
    typed[1], typed[3], typed[10] = 1, 1, 101001
    typed[12] = dt.datetime(2026, 3, 20)  # noqa: DTZ001 - spreadsheets know no zones
    sheet = read_notices(workbook(tmp_path / "n.xlsx", [list(HEADINGS), typed]))
    cells = sheet.rows[0].cells
    assert sheet.encoding == "xlsx"
    assert (cells["revision"], cells["residence_div"], cells["planned_release_date"]) == (
        "1",
        "000101001",
        "2026-03-20",
    )
    assert cells["resident_id"] == "000101199003070075"


def test_an_id_that_became_a_number_stays_recognisable(tmp_path: Path) -> None:
    typed: list[object] = list(ROW.split(","))
    typed[6] = 320101199003070000.0
    sheet = read_notices(workbook(tmp_path / "n.xlsx", [list(HEADINGS), typed]))
    assert sheet.rows[0].cells["resident_id"] == "3.20101E+17"


def packed(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    raw = packed({"xl/worksheets/sheet1.xml": bytes(200 * 1024 * 1024)})
    assert len(raw) < MAX_BYTES
    assert refusal(written(tmp_path / "n.xlsx", raw)).code == "archive_bomb"


def test_an_archive_whose_directory_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    raw = bytearray(packed({"xl/worksheets/sheet1.xml": bytes(120 * 1024 * 1024)}))
    directory = raw.rindex(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    raw[22:26] = struct.pack("<I", 1000)
    assert refusal(written(tmp_path / "n.xlsx", bytes(raw))).code == "archive_bomb"


def test_an_archive_of_very_many_entries_is_refused(tmp_path: Path) -> None:
    raw = packed({f"xl/{number}": b"x" for number in range(300)})
    assert refusal(written(tmp_path / "n.xlsx", raw)).code == "archive_bomb"


def test_one_cell_far_away_does_not_make_a_giant_sheet(tmp_path: Path) -> None:
    path = tmp_path / "n.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "通知编号")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    assert refusal(path).code == "file_too_large"


def test_an_empty_workbook_is_empty(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path / "n.xlsx", [])).code == "file_empty"
