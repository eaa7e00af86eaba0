"""The ciphers that seal: AES-256-GCM, or SM4-GCM (GB/T 32907) where the national suite is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Alg = Literal["A256GCM", "SM4GCM"]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
SM4_BYTES: Final = 16


class Aead(Protocol):
    """Authenticated encryption under one key. A nonce is used once."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext with its tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The clear text. Raises InvalidTag for another key, nonce or associated data."""
        ...


class Sm4Gcm:
    """SM4 in Galois counter mode with the same face as AESGCM. `key`: 16 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        sealing = Cipher(self._cipher, GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(associated_data or b"")
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        if len(data) < TAG_BYTES:
            raise InvalidTag
        opening = Cipher(self._cipher, GCM(nonce, data[-TAG_BYTES:])).decryptor()
        opening.authenticate_additional_data(associated_data or b"")
        return opening.update(data[:-TAG_BYTES]) + opening.finalize()


CIPHERS: Final[Mapping[Alg, Callable[[bytes], Aead]]] = {
    "A256GCM": AESGCM,
    "SM4GCM": lambda secret: Sm4Gcm(derived(secret, "sm4 v1")[:SM4_BYTES]),
}
"""From a person's 32-byte secret to a cipher: what one suite sealed says nothing about the other's key."""


def derived(secret: bytes, label: str) -> bytes:
    """A key for one purpose from another key; different labels give unrelated keys."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"jieli {label}".encode()).derive(secret)
