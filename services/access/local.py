"""Local sign-in with the sample city's users, for embedded mode alone: slowed down, never for real people's hubs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.access.passwords import Passwords
from services.access.posts import Post, seeded
from services.access.throttle import FROM_ADDRESS, OF_ACCOUNT, OF_DEVICE, Tries
from services.kernel.errors import Refused
from services.kernel.tokens import Tokens
from services.reference.organisations import Organisations


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and where. `known`: this browser has signed in as that user before."""

    name: str
    password: str
    address: str
    known: bool


@dataclass(frozen=True, slots=True)
class LocalUsers:
    """Checks names and passwords."""

    passwords: Passwords
    tries: Tries
    tokens: Tokens
    directory: Organisations

    async def posts(self, attempt: Attempt) -> Sequence[Post]:
        """What the user may act as. Refused(`sign_in_wrong`) whatever was wrong, TooMany."""
        account, address = self._bucket("account", attempt), self.tokens.fingerprint(b"from", attempt.address.encode())
        if not attempt.known:
            await self.tries.admit(address, FROM_ADDRESS)
        await self.tries.admit(account, OF_DEVICE if attempt.known else OF_ACCOUNT)
        right = await self.passwords.fits(attempt.name, attempt.password)
        posts = seeded(attempt.name, self.directory)
        if not right or not posts:
            raise Refused("sign_in_wrong", status=401)
        await self.tries.forgive(account, None if attempt.known else address)
        return posts

    def _bucket(self, kind: str, attempt: Attempt) -> str:
        whose = "device" if attempt.known else "stranger"
        return self.tokens.fingerprint(kind.encode(), whose.encode(), attempt.name.encode())
