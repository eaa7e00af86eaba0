from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from services.kernel.kek import FileKek, KeyFileUnusable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kek"


def test_the_file_is_made_once_for_its_owner_alone(path: Path) -> None:
    first, second = FileKek(path), FileKek(path)
    assert first.kid == second.kid
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_many_first_starts_share_one_key(path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keks = list(pool.map(lambda _: FileKek(path), range(32)))
    assert len({kek.derive("x") for kek in keks}) == 1
    assert list(path.parent.iterdir()) == [path]


def test_what_was_wrapped_is_unwrapped_in_the_same_context_only(path: Path) -> None:
    kek = FileKek(path)
    wrapped = kek.wrap(b"k" * 32, b"p|1")
    assert kek.unwrap(wrapped, b"p|1") == b"k" * 32
    assert b"kkkk" not in wrapped
    with pytest.raises(InvalidTag):
        kek.unwrap(wrapped, b"q|1")
    with pytest.raises(InvalidTag):
        kek.unwrap(wrapped[:5], b"p|1")


def test_another_file_is_another_key(path: Path) -> None:
    wrapped = FileKek(path).wrap(b"k" * 32, b"")
    with pytest.raises(InvalidTag):
        FileKek(path.with_name("other")).unwrap(wrapped, b"")


def test_derived_keys_differ_by_label(path: Path) -> None:
    kek = FileKek(path)
    assert kek.derive("a") != kek.derive("b")
    assert kek.derive("a") == FileKek(path).derive("a")


def test_a_file_that_others_can_read_is_refused(path: Path) -> None:
    FileKek(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileUnusable) as caught:
        FileKek(path)
    assert caught.value.code == "open_to_others"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kid":"a","key":"AAAA"}', '{"kid":"a","key":"*"}'])
def test_a_broken_file_is_refused_without_showing_it(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileUnusable) as caught:
        FileKek(path)
    assert caught.value.code == "unreadable"
