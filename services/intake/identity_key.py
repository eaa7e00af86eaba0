"""The key to which outsiders encrypt who it is about: ECDH-ES on P-256, A256GCM, one compact JWE."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.kernel.records import Quarantine

ALGORITHMS: Final = ["ECDH-ES", "A256GCM"]
LONGEST: Final = 16_384
OWNER_ONLY: Final = 0o600


class IdentityKey:
    """Intake's key pair in a file of its owner alone, made at first use. The private half never leaves the process."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _create(path)
        self._key = ECKey.import_key(json.loads(path.read_text("ascii")))

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def open(self, token: object) -> dict[str, Any]:
        """What a compact JWE says; Quarantine(identity_unreadable) for anything else."""
        if not isinstance(token, str) or len(token) > LONGEST:
            raise Quarantine("identity_unreadable", ["identity"])
        try:
            said = json.loads(jwe.decrypt_compact(token, self._key, algorithms=ALGORITHMS).plaintext or b"")
        except (JoseError, ValueError, TypeError, KeyError) as wrong:
            raise Quarantine("identity_unreadable", ["identity"]) from wrong
        if not isinstance(said, dict):
            raise Quarantine("identity_unreadable", ["identity"])
        return said


def seal_identity(jwks: dict[str, Any], identity: dict[str, Any]) -> str:
    """What an outsider does with the public key: the identity as a compact JWE."""
    key = ECKey.import_key(jwks["keys"][0])
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.kid}
    return jwe.encrypt_compact(header, json.dumps(identity, ensure_ascii=False).encode(), key, algorithms=ALGORITHMS)


def _create(path: Path) -> None:
    """Whoever links first wins, so that two processes starting at once use one key."""
    key = ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES"}, auto_kid=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        json.dump(key.as_dict(private=True), file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
