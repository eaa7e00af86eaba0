from __future__ import annotations

import base64
import json
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
    kid, wrapped = kek.wrap(b"k" * 32, b"p|1")
    assert kek.unwrap(kid, wrapped, b"p|1") == b"k" * 32
    assert b"kkkk" not in wrapped
    with pytest.raises(InvalidTag):
        kek.unwrap(kid, wrapped, b"q|1")
    with pytest.raises(InvalidTag):
        kek.unwrap(kid, wrapped[:5], b"p|1")


def test_another_file_is_another_key(path: Path) -> None:
    kid, wrapped = FileKek(path).wrap(b"k" * 32, b"")
    other = FileKek(path.with_name("other"))
    for claimed in (kid, other.kid):
        with pytest.raises(InvalidTag):
            other.unwrap(claimed, wrapped, b"")


def test_a_rotation_reaches_whoever_holds_the_file_and_former_keys_still_unwrap(path: Path) -> None:
    running, rotating = FileKek(path), FileKek(path)
    derived, (former, wrapped) = running.derive("a"), running.wrap(b"k" * 32, b"")
    newer = rotating.rotate()
    assert running.wrap(b"n" * 32, b"")[0] == newer != former
    assert rotating.unwrap(former, wrapped, b"") == b"k" * 32
    assert FileKek(path).derive("a") == derived
    assert path.stat().st_mode & 0o777 == 0o600


def test_rotations_at_once_lose_no_key(path: Path) -> None:
    FileKek(path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: FileKek(path).rotate(), range(16)))
    assert set(made) < set(FileKek(path)._keys)
    assert FileKek(path).kid in made


def test_a_file_of_the_first_form_is_still_read(path: Path) -> None:
    path.write_text(json.dumps({"v": 1, "kid": "a", "key": base64.b64encode(b"k" * 32).decode()}))
    path.chmod(0o600)
    assert FileKek(path).kid == "a"


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
