"""Codes to words: every sentence that a person reads is looked up by its code, in Chinese first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import yaml

LANGUAGES: Final = ("zh", "en")
UNKNOWN: Final = "—"


class Words(dict[str, object]):
    """Values of a template; a value that is not known shows as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


class Phrases:
    """Words by language and code. `lang` is the language of a reader who asked for none."""

    def __init__(self, words: Mapping[str, Mapping[str, str]], lang: str = "zh") -> None:
        self._words = {each: dict(words.get(each, {})) for each in LANGUAGES}
        self.lang = self.known(lang, "zh")

    @classmethod
    def load(cls, *packages: str, lang: str = "zh") -> Phrases:
        """Read `phrases.zh.yaml` and `phrases.en.yaml` beside each package; later packages win.

        Raises FileNotFoundError where a package has no such file.
        """
        return cls({each: merged(packages, each) for each in LANGUAGES}, lang)

    def say(self, code: str, lang: str | None = None, /, **values: object) -> str:
        """The sentence of a code; a code without words is shown as it is."""
        words = self._words[self.known(lang or "", self.lang)].get(code)
        return code if words is None else words.format_map(Words(values))

    def template(self, code: str, lang: str | None = None) -> str | None:
        """The words of a code with their places still open, or None."""
        return self._words[self.known(lang or "", self.lang)].get(code)

    def knows(self, code: str, lang: str | None = None) -> bool:
        """Whether a code has words in that language."""
        return code in self._words[self.known(lang or "", self.lang)]

    def codes(self, lang: str) -> frozenset[str]:
        """All codes that have words in a language."""
        return frozenset(self._words[lang])

    @staticmethod
    def known(lang: str, default: str) -> str:
        """`zh-CN` and `zh` are `zh`; a language without words is the default."""
        short = lang.strip().lower()[:2]
        return short if short in LANGUAGES else default


def merged(packages: tuple[str, ...], lang: str) -> dict[str, str]:
    """The words of several packages in one language."""
    words: dict[str, str] = {}
    for package in packages:
        words |= read(package, lang)
    return words


@cache
def read(package: str, lang: str) -> Mapping[str, str]:
    """The words of one package in one language, as flat codes."""
    text = resources.files(package).joinpath(f"phrases.{lang}.yaml").read_text("utf-8")
    return {str(code): str(words) for code, words in (yaml.safe_load(text) or {}).items()}
