"""Local sign-in with the sample city's users, for embedded mode alone: slowed down, never for real people's hubs."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from services.access.passwords import Passwords
from services.access.posts import Post, seeded
from services.access.sessions import fresh
from services.access.throttle import FROM_ADDRESS, OF_ACCOUNT, OF_DEVICE, Tries
from services.kernel.errors import Refused
from services.kernel.tokens import Tokens
from services.reference.organisations import Organisations


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and where. `device`: what this browser keeps since it signed in as somebody."""

    name: str
    password: str
    address: str
    device: str | None


@dataclass(frozen=True, slots=True)
class LocalUsers:
    """Checks names and passwords."""

    passwords: Passwords
    tries: Tries
    tokens: Tokens
    directory: Organisations

    async def posts(self, attempt: Attempt) -> Sequence[Post]:
        """What the user may act as. Refused(`sign_in_wrong`) whatever was wrong, TooMany."""
        browser = await self._known(attempt)
        account, address = self._account(attempt.name, browser), self._address(attempt)
        if not browser:
            await self.tries.admit(address, FROM_ADDRESS)
        await self.tries.admit(account, OF_DEVICE if browser else OF_ACCOUNT)
        right = await self.passwords.fits(attempt.name, attempt.password)
        posts = seeded(attempt.name, self.directory)
        if not right or not posts:
            raise Refused("sign_in_wrong", status=401)
        await self.tries.forgive(account, None if browser else address)
        return posts

    async def device(self, name: str) -> str:
        """What a browser keeps from now on: its own number, marked for that user and their present password."""
        browser = fresh()
        return f"{browser}.{await self._mark(name, browser)}"

    async def _known(self, attempt: Attempt) -> str:
        """The number of a browser where this user has signed in with the present password, else empty."""
        browser, _, mark = (attempt.device or "").partition(".")
        good = bool(browser) and hmac.compare_digest(mark, await self._mark(attempt.name, browser))
        return browser if good else ""

    async def _mark(self, name: str, browser: str) -> str:
        kept = await self.passwords.kept(name) or ""
        return self.tokens.fingerprint(b"device", name.encode(), browser.encode(), kept.encode())

    def _account(self, name: str, browser: str) -> str:
        return self.tokens.fingerprint(b"account", browser.encode(), name.encode())

    def _address(self, attempt: Attempt) -> str:
        return self.tokens.fingerprint(b"from", attempt.address.encode())
