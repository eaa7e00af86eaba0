from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag

from services.kernel.ciphers import CIPHERS, Alg, Sm4Gcm


def test_sm4_gcm_gives_the_published_vector() -> None:
    """RFC 8998 appendix A.1."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    aad = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    clear = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert Sm4Gcm(key).encrypt(nonce, clear, aad) == sealed
    assert Sm4Gcm(key).decrypt(nonce, sealed, aad) == clear


@pytest.mark.parametrize("alg", CIPHERS)
def test_another_key_place_or_byte_opens_nothing(alg: Alg) -> None:
    nonce, aead, other = b"n" * 12, CIPHERS[alg](b"k" * 32), CIPHERS[alg](b"o" * 32)
    sealed = aead.encrypt(nonce, b"clear", b"place")
    assert aead.decrypt(nonce, sealed, b"place") == b"clear"
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for opening, what, where in (
        (other, sealed, b"place"),
        (aead, sealed, b"else"),
        (aead, broken, b"place"),
        (aead, b"", b"place"),
    ):
        with pytest.raises(InvalidTag):
            opening.decrypt(nonce, what, where)
