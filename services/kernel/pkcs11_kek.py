"""A key-encryption key inside a security module, by PKCS#11: it wraps there and never leaves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote

from cryptography.exceptions import InvalidTag

from services.kernel.ciphers import NONCE_BYTES, TAG_BYTES
from services.kernel.errors import JieliError

if TYPE_CHECKING:
    import pkcs11

SCHEME: Final = "pkcs11:"
KEY_BITS: Final = 256
KID_BYTES: Final = 12
DERIVING: Final = "-derive"


class ModuleUnusable(JieliError):
    """The security module cannot be used. The text never holds the PIN."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"密码模块不可用 security module unusable: {code} {what}".rstrip())
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Where the key is: the parts of a `pkcs11:` URI (RFC 7512) that the hub reads."""

    token: str
    label: str
    module: str
    pin_file: Path

    @classmethod
    def parsed(cls, uri: str) -> Place:
        """From `pkcs11:token=T;object=K?module-path=LIB&pin-source=file:PIN`. Raises ModuleUnusable(`uri_invalid`)."""
        path, _, query = uri.removeprefix(SCHEME).partition("?")
        named = dict(part.split("=", 1) for part in path.split(";") if "=" in part)
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        try:
            pin_file = Path(asked["pin-source"].removeprefix("file:"))
            return cls(unquote(named["token"]), unquote(named["object"]), asked["module-path"], pin_file)
        except KeyError as missing:
            raise ModuleUnusable("uri_invalid", str(missing)) from None


class Pkcs11Kek:
    """AES-256 keys under one label, the newest of which wraps; and a secret that only derives."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._session = _session(place)
        if not self._found():
            self._make()

    @property
    def kid(self) -> str:
        return max(self._found())

    def wrap(self, key: bytes, context: bytes) -> tuple[str, bytes]:
        kid, nonce = self.kid, os.urandom(NONCE_BYTES)
        sealed = self._found()[kid].encrypt(key, **_gcm(nonce, context))
        return kid, nonce + sealed

    def unwrap(self, kid: str, wrapped: bytes, context: bytes) -> bytes:
        import pkcs11.exceptions

        found = self._found().get(kid)
        if found is None or len(wrapped) <= NONCE_BYTES:
            raise InvalidTag
        try:
            clear: bytes = found.decrypt(wrapped[NONCE_BYTES:], **_gcm(wrapped[:NONCE_BYTES], context))
        except pkcs11.exceptions.PKCS11Error:
            raise InvalidTag from None
        return clear

    def derive(self, label: str) -> bytes:
        import pkcs11

        kind = pkcs11.KeyType.GENERIC_SECRET
        secret: Any = self._session.get_key(label=self._place.label + DERIVING, key_type=kind)
        signed: bytes = secret.sign(f"jieli {label}".encode(), mechanism=pkcs11.Mechanism.SHA256_HMAC)
        return signed

    def rotate(self) -> str:
        kid = self._next_kid()
        self._generate(kid)
        return kid

    def _found(self) -> dict[str, Any]:
        import pkcs11

        wanted = {pkcs11.Attribute.LABEL: self._place.label, pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}
        keys: Any = self._session.get_objects(wanted)
        return {bytes(key.id).hex(): key for key in keys}

    def _make(self) -> None:
        import pkcs11

        self._session.generate_key(
            pkcs11.KeyType.GENERIC_SECRET,
            KEY_BITS,
            label=self._place.label + DERIVING,
            store=True,
            template=_kept_inside() | {pkcs11.Attribute.SIGN: True},
        )
        self._generate(self._next_kid())

    def _generate(self, kid: str) -> None:
        import pkcs11

        self._session.generate_key(
            pkcs11.KeyType.AES,
            KEY_BITS,
            label=self._place.label,
            id=bytes.fromhex(kid),
            store=True,
            template=_kept_inside(),
        )

    def _next_kid(self) -> str:
        """Greater than every former one, since the greatest wraps."""
        number = len(self._found()) + 1
        return f"{number:08x}" + os.urandom(KID_BYTES - 4).hex()


def _session(place: Place) -> pkcs11.Session:
    try:
        import pkcs11

        token = pkcs11.lib(place.module).get_token(token_label=place.token)
        return _logged_in(token, place.pin_file.read_text().strip())
    except ModuleNotFoundError:
        raise ModuleUnusable("not_installed", "jieli[hsm]") from None
    except OSError:
        raise ModuleUnusable("pin_unreadable", str(place.pin_file)) from None
    except Exception as error:  # the library's errors have no common root for loading, finding and logging in
        raise ModuleUnusable("not_reached", type(error).__name__) from None


def _logged_in(token: pkcs11.Token, pin: str) -> pkcs11.Session:
    """A process logs in once; its further sessions are logged in already."""
    import pkcs11.exceptions

    try:
        return token.open(rw=True, user_pin=pin)
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open(rw=True)


def _gcm(nonce: bytes, context: bytes) -> dict[str, Any]:
    import pkcs11

    parameters = pkcs11.GCMParams(nonce, context, TAG_BYTES * 8)
    return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}


def _kept_inside() -> dict[Any, bool]:
    import pkcs11

    kinds = pkcs11.Attribute
    return {kinds.SENSITIVE: True, kinds.EXTRACTABLE: False, kinds.PRIVATE: True}
