"""The key-encryption key: what may be done with it, and its form as a file."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.ciphers import KEY_BYTES, NONCE_BYTES, derived
from services.kernel.errors import JieliError

OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077


class KeyFileUnusable(JieliError):
    """The key file is open to others, broken, or of another hub. The text names the path, never a key."""

    def __init__(self, path: Path, code: str) -> None:
        super().__init__(f"密钥文件不可用 key file unusable: {path} ({code})")
        self.code = code


class Kek(Protocol):
    """A key-encryption key with its former ones: a file here, a security module (PKCS#11) in production."""

    @property
    def kid(self) -> str:
        """Which key wraps now."""
        ...

    def wrap(self, key: bytes, context: bytes) -> tuple[str, bytes]:
        """The wrapping key's kid and the key, readable only by that KEK and only with the same context."""
        ...

    def unwrap(self, kid: str, wrapped: bytes, context: bytes) -> bytes:
        """What was wrapped under `kid`. Raises InvalidTag for another KEK or context."""
        ...

    def derive(self, label: str) -> bytes:
        """A 32-byte key of its own for one purpose; the same before and after a rotation."""
        ...

    def rotate(self) -> str:
        """Make a new key that wraps from now on, and give its kid. Former ones still unwrap: old backups need them."""
        ...


class FileKek:
    """A KEK in a file of its owner alone, made at first use. Losing the file loses every sealed value.

    The file is read again when it has changed, so that a rotation reaches every running process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            _create(path)
        self._load()

    @property
    def kid(self) -> str:
        self._refresh()
        return next(reversed(self._keys))

    def wrap(self, key: bytes, context: bytes) -> tuple[str, bytes]:
        kid, nonce = self.kid, os.urandom(NONCE_BYTES)
        return kid, nonce + AESGCM(self._keys[kid]).encrypt(nonce, key, context)

    def unwrap(self, kid: str, wrapped: bytes, context: bytes) -> bytes:
        if kid not in self._keys:
            self._refresh()
        if kid not in self._keys or len(wrapped) <= NONCE_BYTES:
            raise InvalidTag
        return AESGCM(self._keys[kid]).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)

    def derive(self, label: str) -> bytes:
        return derived(next(iter(self._keys.values())), label)

    def rotate(self) -> str:
        with _alone(self._path):
            self._load()
            kid = secrets.token_hex(8)
            _draft(self._path, self._keys | {kid: os.urandom(KEY_BYTES)}).replace(self._path)
            self._load()
        return kid

    def _refresh(self) -> None:
        if _stamp(self._path) != self._read_at:
            self._load()

    def _load(self) -> None:
        self._read_at = _stamp(self._path)
        self._keys = _read(self._path)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One rotation at a time."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _create(path: Path) -> None:
    """Whoever links first wins, so that two processes starting at once use one key."""
    draft = _draft(path, {secrets.token_hex(8): os.urandom(KEY_BYTES)})
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, keys: dict[str, bytes]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    body = {"v": 2, "keys": {kid: base64.b64encode(key).decode() for kid, key in keys.items()}}
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _read(path: Path) -> dict[str, bytes]:
    """All keys, oldest first."""
    if path.stat().st_mode & OTHERS:
        raise KeyFileUnusable(path, "open_to_others")
    try:
        body = json.loads(path.read_text("ascii"))
        said = body["keys"] if "keys" in body else {body["kid"]: body["key"]}  # a file of the first form holds one key
        keys = {str(kid): base64.b64decode(key, validate=True) for kid, key in said.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileUnusable(path, "unreadable") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyFileUnusable(path, "unreadable")
    return keys
