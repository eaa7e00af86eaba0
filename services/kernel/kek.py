"""The key that wraps all keys: where it rests, and what may be done with it."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kernel.errors import JieliError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077


class KeyFileUnusable(JieliError):
    """The key file is open to others, broken, or of another hub. The text names the path, never a key."""

    def __init__(self, path: Path, code: str) -> None:
        super().__init__(f"密钥文件不可用 key file unusable: {path} ({code})")
        self.code = code


class Kek(Protocol):
    """A key-encryption key. A file here; a security module in production."""

    @property
    def kid(self) -> str:
        """Which key this is."""
        ...

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, readable only by this KEK and only with the same context."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """What was wrapped. Raises InvalidTag for another KEK or context."""
        ...

    def derive(self, label: str) -> bytes:
        """A 32-byte key of its own for one purpose."""
        ...


class FileKek:
    """A KEK in a file of its owner alone, made at first use. Losing the file loses every sealed value."""

    def __init__(self, path: Path) -> None:
        self.kid, self._secret = _read(path) if path.exists() else _create(path)
        self._aead = AESGCM(self._secret)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        if len(wrapped) <= NONCE_BYTES:
            raise InvalidTag
        return self._aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)

    def derive(self, label: str) -> bytes:
        return derived(self._secret, label)


def derived(secret: bytes, label: str) -> bytes:
    """A key for one purpose from another key; different labels give unrelated keys."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"jieli {label}".encode()).derive(secret)


def _create(path: Path) -> tuple[str, bytes]:
    """Whoever links first wins, so that two processes starting at once use one key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    body = {"v": 1, "kid": secrets.token_hex(8), "key": base64.b64encode(os.urandom(KEY_BYTES)).decode()}
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> tuple[str, bytes]:
    if path.stat().st_mode & OTHERS:
        raise KeyFileUnusable(path, "open_to_others")
    try:
        body = json.loads(path.read_text("ascii"))
        kid, secret = str(body["kid"]), base64.b64decode(body["key"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise KeyFileUnusable(path, "unreadable") from None
    if len(secret) != KEY_BYTES:
        raise KeyFileUnusable(path, "unreadable")
    return kid, secret
