"""What the pages do: by password or by the provider, into a session of one's own, and out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.access.addresses import address_of
from services.access.cookies import DEVICE, PENDING, SESSION, Cookies
from services.access.gate import AccessGate
from services.access.local import Attempt, LocalUsers
from services.access.pages import Pages
from services.access.posts import Mapped, Post
from services.access.sessions import Session, Sessions
from services.access.sign_ins import LIFE, SignIns
from services.access.throttle import FROM_ADDRESS, Tries
from services.kernel.errors import Refused
from services.kernel.language import lang_of
from services.kernel.tokens import Actor, Tokens

SIGN_IN: Final = "/auth/sign-in"
CALLBACK: Final = "/auth/callback"
OWN_SESSION: Final = "/auth/session"
DEVICE_LIFE: Final = timedelta(days=180)
SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class Ways:
    """How people may sign in here. `local`: the sample city's users; `provider`: OpenID Connect."""

    local: LocalUsers | None
    provider: SignIns | None
    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Front:
    """Everything that the routes need."""

    pages: Pages
    gate: AccessGate
    ways: Ways
    tries: Tries
    tokens: Tokens

    @property
    def cookies(self) -> Cookies:
        """Writes and reads them."""
        return self.gate.cookies

    @property
    def sessions(self) -> Sessions:
        """Keeps them."""
        return self.gate.sessions

    def offered(self, name: str = "") -> dict[str, object]:
        """What the sign-in page shows."""
        local, provider = self.ways.local is not None, self.ways.provider is not None
        return {"problem": "", "name": name, "local": local, "provider": provider}

    async def by_password(self, request: Request, form: Mapping[str, str]) -> Response:
        """Sign in a local user. Refused(`local_access_off`) outside embedded mode, and as LocalUsers."""
        if self.ways.local is None:
            raise Refused("local_access_off", status=403)
        name, device = form.get("name", ""), self.cookies.read(request, DEVICE)
        attempt = Attempt(name, form.get("password", ""), address_of(request), device)
        answer = await self._begin(request, name, await self.ways.local.posts(attempt))
        self.cookies.write(request, answer, DEVICE, await self.ways.local.device(name), DEVICE_LIFE)
        return answer

    async def to_provider(self, request: Request) -> Response:
        """Send the browser to the provider. Refused(`provider_off`), TooMany, Unavailable."""
        if self.ways.provider is None:
            raise Refused("provider_off", status=403)
        await self.tries.admit(self._address(request), FROM_ADDRESS)
        leaving = await self.ways.provider.leave(self.cookies.origin(request) + CALLBACK)
        answer = RedirectResponse(leaving.url, SEE_OTHER)
        self.cookies.write(request, answer, PENDING, leaving.given, LIFE)
        return answer

    async def from_provider(self, request: Request) -> Response:
        """Take the browser back, signed in. Refused(`sign_in_failed`, `no_post`, `provider_off`), Unavailable."""
        if self.ways.provider is None:
            raise Refused("provider_off", status=403)
        given = self.cookies.read(request, PENDING)
        said = dict(request.query_params)
        claims = await self.ways.provider.back(given, said, self.cookies.origin(request) + CALLBACK)
        posts = self.ways.mapped.posts(claims)
        await self.tries.forgive(None, self._address(request))
        return await self._begin(request, self.ways.mapped.name(claims), posts)

    async def _begin(self, request: Request, actor: str, posts: Sequence[Post]) -> Response:
        old = self.cookies.read(request, SESSION) or ""
        return self.enter(request, await self.sessions.begin(actor, posts, old=old))

    def enter(self, request: Request, given: str) -> Response:
        """On to one's own page, with a fresh cookie."""
        answer = RedirectResponse(f"{OWN_SESSION}?lang={lang_of(request)}", SEE_OTHER)
        self.cookies.write(request, answer, SESSION, given, self.sessions.life)
        self.cookies.show_csrf(request, answer, given, self.sessions.life)
        return answer

    def own(self, request: Request, session: Session) -> Response:
        """The page that says who one is."""
        known = {one.org: self.ways.mapped.directory.get(one.org) for one in session.posts}
        orgs = {org: found.name if found else "" for org, found in known.items()}
        shown = {"actor": session.actor, "post": session.post, "posts": session.posts, "orgs": orgs, "problem": ""}
        return self.pages.page(request, "session", shown | {"csrf": self.cookies.csrf(session.id)})

    def described(self, session: Session) -> Response:
        """The same for programs; `csrf` is what unsafe requests carry."""
        body = {"actor": session.actor, "post": asdict(session.post) if session.post else None}
        posts = [asdict(one) for one in session.posts]
        more = {"posts": posts, "ends_at": session.ends_at.isoformat(), "csrf": self.cookies.csrf(session.id)}
        return JSONResponse(body | more)

    @staticmethod
    def told(actor: Actor) -> Response:
        """Who a bearer token says one is."""
        post = {"role": actor.role, "org": actor.org, "capacity": actor.capacity}
        return JSONResponse({"actor": actor.name, "post": post})

    def _address(self, request: Request) -> str:
        return self.tokens.fingerprint(b"from", address_of(request).encode())
