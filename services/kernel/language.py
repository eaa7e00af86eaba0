"""The language a request asks for: `?lang` first, then Accept-Language, then the house's own."""

from __future__ import annotations

from starlette.requests import Request

from services.kernel.phrases import LANGUAGES, Phrases


def lang_of(request: Request) -> str:
    """`zh` or `en`."""
    phrases: Phrases = request.app.state.phrases
    asked = request.query_params.get("lang")
    if asked:
        return Phrases.known(asked, phrases.lang)
    return preferred(request.headers.get("accept-language", ""), phrases.lang)


def preferred(header: str, default: str) -> str:
    """The best known language of an Accept-Language header."""
    wishes = sorted((wish(part) for part in header.split(",") if part.strip()), key=lambda each: -each[1])
    known = [lang for lang, weight in wishes if lang in LANGUAGES and weight > 0]
    return known[0] if known else default


def wish(part: str) -> tuple[str, float]:
    """One language and its weight, as in `en-GB;q=0.8`."""
    name, _, weight = part.partition(";q=")
    try:
        return name.strip().lower()[:2], float(weight or 1)
    except ValueError:
        return name.strip().lower()[:2], 0.0
