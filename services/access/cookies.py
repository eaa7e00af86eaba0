"""Cookies: signed, for this host alone, out of reach of scripts; and the proof that a form is our own."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.kernel.answer_headers import by_https
from services.kernel.errors import Refused
from services.kernel.tokens import Tokens

SESSION: Final = "jieli-session"
PENDING: Final = "jieli-sign-in"
DEVICE: Final = "jieli-device"
CSRF: Final = "jieli-csrf"
HOST_ONLY: Final = "__Host-"
CSRF_HEADER: Final = "x-csrf-token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Cookies:
    """Writes and reads them. `public_url`: where browsers reach the hub, if it is not where it listens."""

    tokens: Tokens
    public_url: str | None = None

    def origin(self, request: Request) -> str:
        """Our own origin as the browser knows it."""
        if self.public_url:
            return self.public_url.rstrip("/")
        return f"{request.url.scheme}://{request.url.netloc}"

    def secure(self, request: Request) -> bool:
        """Whether browsers come by https."""
        return by_https(request.url.scheme, self.public_url)

    def name(self, request: Request, kind: str) -> str:
        """`__Host-…` by https; by plain http (loopback) browsers refuse that prefix."""
        return f"{HOST_ONLY}{kind}" if self.secure(request) else kind

    def read(self, request: Request, kind: str) -> str | None:
        """What a cookie of ours carries; None for any that we did not sign."""
        value, _, signature = request.cookies.get(self.name(request, kind), "").rpartition(".")
        good = bool(value) and hmac.compare_digest(signature.encode(), self._signature(kind, value).encode())
        return value if good else None

    def write(self, request: Request, response: Response, kind: str, value: str, life: timedelta) -> None:
        """Set a signed cookie that no script reads."""
        response.set_cookie(
            self.name(request, kind),
            f"{value}.{self._signature(kind, value)}",
            max_age=int(life.total_seconds()),
            path="/",
            secure=self.secure(request),
            httponly=True,
            samesite="lax",
        )

    def show_csrf(self, request: Request, response: Response, session: str, life: timedelta) -> None:
        """Set the cookie that the page's own script or form sends back beside the session's."""
        response.set_cookie(
            self.name(request, CSRF),
            self.csrf(session),
            max_age=int(life.total_seconds()),
            path="/",
            secure=self.secure(request),
            samesite="lax",
        )

    def drop(self, request: Request, response: Response, *kinds: str) -> None:
        """Let the browser forget them."""
        for kind in kinds:
            response.delete_cookie(self.name(request, kind), path="/", secure=self.secure(request), samesite="lax")

    def csrf(self, session: str) -> str:
        """What a form of this session carries."""
        return self.tokens.fingerprint(b"csrf", session.encode())

    def refuse_foreign(self, request: Request) -> None:
        """Refused(`csrf`) for what another site sent.

        `Sec-Fetch-Site` decides where the browser sends it; without it `Origin` must be ours. Under our own
        `Referrer-Policy: no-referrer` browsers write `Origin: null` into forms: beside the first that is no answer.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        own = origin == self.origin(request)
        if not (own or (site is not None and origin in {None, "null"})) or site not in OWN_SITE | {None}:
            raise foreign()

    def refuse_forged(self, request: Request, session: str, sent: str | None) -> None:
        """Refused(`csrf`) unless what was sent and the cookie beside it are this session's own."""
        self.refuse_foreign(request)
        expected = self.csrf(session).encode()
        beside = request.cookies.get(self.name(request, CSRF), "")
        both = (sent or "", beside)
        if not all(hmac.compare_digest(one.encode(), expected) for one in both):
            raise foreign()

    def _signature(self, kind: str, value: str) -> str:
        return self.tokens.fingerprint(b"cookie", kind.encode(), value.encode())


def foreign() -> Refused:
    """The refusal of what another site may have sent."""
    return Refused("csrf", status=403)
