"""Bearer tokens: who asks, in which role, for which organisation. Everything about the asker comes from here."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.kernel.ciphers import derived
from services.kernel.clock import SHANGHAI, Clock, SystemClock
from services.kernel.errors import Refused

ALGORITHM: Final = "HS256"
LIFETIME: Final = timedelta(hours=12)
KEY_BYTES: Final = 32
NEEDED: Final[Any] = {"essential": True}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `name` is a staff pseudonym, or the person's own reference for the role PERSON."""

    name: str
    role: str
    org: str
    capacity: str | None = None

    @property
    def acting(self) -> str:
        """The capacity that every command carries (specification §3.2): the role's own where none was named."""
        return self.capacity or self.role


class Tokens:
    """Signs and checks tokens with one algorithm.

    Give it the system clock even where the hub runs on a virtual one: a token's life is wall time.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = OctKey.import_key(key)
        self._fingerprints = derived(key, "fingerprints v1")
        self._clock = clock

    @classmethod
    def from_file(cls, path: Path, clock: Clock | None = None) -> Tokens:
        """Tokens of a key file; raises FileNotFoundError where there is none."""
        return cls(path.read_bytes(), clock or SystemClock())

    def issue(self, actor: Actor, ttl: timedelta = LIFETIME) -> str:
        """A token for an actor that ends after `ttl`."""
        now = self._seconds()
        claims: dict[str, Any] = {"sub": actor.name, "role": actor.role, "org": actor.org}
        claims |= {"iat": now, "exp": now + int(ttl.total_seconds())}
        if actor.capacity is not None:
            claims["capacity"] = actor.capacity
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Actor:
        """The actor of a token; raises Refused `unauthenticated` for any that is not ours, not whole or over."""
        return actor_of(self._claims(token))

    def expiry(self, token: str) -> datetime:
        """The instant a good token ends; raises Refused as `verify`."""
        return datetime.fromtimestamp(self._claims(token)["exp"], SHANGHAI)

    def fingerprint(self, *parts: bytes) -> str:
        """A keyed hash of what somebody sent, in hex: it can be compared with another, and not be guessed."""
        return hmac.digest(self._fingerprints, b"\n".join(parts), "sha256").hex()

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._rules().validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise unauthenticated() from error
        return claims

    def _rules(self) -> jwt.JWTClaimsRegistry:
        org: Any = {"essential": True, "allow_blank": True}  # a person acts for nobody but themselves
        return jwt.JWTClaimsRegistry(now=self._seconds(), leeway=1, sub=NEEDED, role=NEEDED, org=org, exp=NEEDED)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """The actor that checked claims name; raises Refused where a claim is not text."""
    values = [claims["sub"], claims["role"], claims["org"], claims.get("capacity")]
    if not all(value is None or isinstance(value, str) for value in values):
        raise unauthenticated()
    return Actor(*values)


def unauthenticated() -> Refused:
    """The refusal of a request without a good token."""
    return Refused("unauthenticated", status=401)


def create_key_file(path: Path) -> None:
    """Write a fresh key with mode 0600; an existing one is kept."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
