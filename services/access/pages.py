"""The pages for signing in and out: rendered here, without scripts, in Chinese first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.kernel.errors import Refused, TooMany
from services.kernel.language import lang_of
from services.kernel.phrases import Phrases
from services.kernel.problems import problem

OWN: Final = "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@cache
def templates() -> Environment:
    """The templates; a name that a page does not get is an error."""
    loader = PackageLoader("services.access", "pages")
    return Environment(loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined)


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders. `elsewhere`: the provider, to which the form may lead."""

    phrases: Phrases
    elsewhere: str | None

    def page(self, request: Request, name: str, given: Mapping[str, object], status: int = 200) -> Response:
        """One page in the reader's language."""
        lang = lang_of(request)
        say = {code: self.phrases.say(code, lang) for code in self.phrases.codes(lang) if code.startswith("page.")}
        text = (
            templates()
            .get_template(f"{name}.html")
            .render(lang=lang, say=say, other="en" if lang == "zh" else "zh", path=request.url.path, **given)
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": self.policy(), "Content-Language": lang})

    def policy(self) -> str:
        """What a page may load and where its forms may lead."""
        parts = urlsplit(self.elsewhere) if self.elsewhere else None
        leads = f" {parts.scheme}://{parts.netloc}" if parts else ""
        return f"{OWN}; form-action 'self'{leads}"

    def refused(self, request: Request, refused: Refused, name: str, given: Mapping[str, object]) -> Response:
        """A refusal as the page that it happened on, or as a problem document for programs."""
        if not reads_pages(request):
            answer: Response = problem(request, refused.code, refused.status, refused.detail)
        else:
            why = self.phrases.say(f"problem.{refused.code}", lang_of(request))
            answer = self.page(request, name, {**given, "problem": why}, refused.status)
        if isinstance(refused, TooMany):
            answer.headers["Retry-After"] = str(refused.seconds)
        return answer


def reads_pages(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")


def style() -> Response:
    """The one style sheet."""
    text = resources.files(__package__).joinpath("pages", "style.css").read_text("utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
