"""Why a policy file is refused, and what an accepted one changes, as sentences for officials."""

from __future__ import annotations

from typing import Final

from services.kernel.errors import InvalidInput
from services.kernel.phrases import Phrases
from services.reference.policy_bounds import Fault, Value
from services.reference.terms import MONTHS_A_YEAR, parse_duration

PACKAGE: Final = "services.reference"
WANTED: Final = frozenset({"count", "duration", "hours", "per_year"})


def words() -> Phrases:
    """The sentences of this layer."""
    return Phrases.load(PACKAGE)


def sentence(fault: Fault, phrases: Phrases, lang: str) -> str:
    """Key, value, bound and basis of one fault in plain words."""
    bound = f"wanted.{fault.bound}" if fault.code == "policy_unit_invalid" and fault.bound in WANTED else None
    return phrases.say(
        fault.code,
        lang,
        key=fault.key,
        value=spelled(fault.value, phrases, lang),
        bound=phrases.say(bound, lang) if bound else spelled(fault.bound, phrases, lang),
        basis=basis(fault.basis, phrases, lang),
    )


def basis(text: str, phrases: Phrases, lang: str) -> str:
    """The law or custom behind a key; customs have words of their own."""
    code = f"basis.{text or 'none'}"
    return phrases.say(code, lang) if phrases.knows(code, lang) else text


def spelled(value: object, phrases: Phrases, lang: str) -> str:
    """`P15D（15日）`, `P15D (15 days)`; anything else as it is."""
    try:
        length = _length(str(value), phrases, lang)
    except InvalidInput:
        return str(value)
    return f"{value}（{length}）" if lang == "zh" else f"{value} ({length})"


def _length(value: str, phrases: Phrases, lang: str) -> str:
    given = parse_duration(value)
    years, months = divmod(given.months, MONTHS_A_YEAR)
    parts = {"years": years, "months": months, "days": given.days, "hours": given.hours}
    said = [phrases.say(f"length.{unit}", lang, n=n) for unit, n in parts.items() if n]
    return ("" if lang == "zh" else " ").join(said) or "0"


def change(key: str, was: Value, now: Value, phrases: Phrases, lang: str) -> str:
    """One value that differs from the shipped policy."""
    said = (spelled(one, phrases, lang) for one in (was, now))
    return phrases.say("policy_change", lang, **dict(zip(("was", "now"), said, strict=True)), key=key)
