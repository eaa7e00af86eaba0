"""Codes have words, in both languages or in none."""

from __future__ import annotations

from importlib import resources

import pytest

from services.kernel.phrases import LANGUAGES, Phrases

PACKAGES = [
    package
    for package in (
        "services.kernel",
        "services.reference",
        "services.intake",
        "services.handover",
        "services.timeline",
        "services.rehearsal",
    )
    if resources.files(package).joinpath("phrases.zh.yaml").is_file()
]
WORDS = Phrases({"zh": {"hello": "你好 {name}"}, "en": {"hello": "Hello {name}"}})


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_know_the_same_codes(package: str) -> None:
    phrases = Phrases.load(package)
    assert phrases.codes("zh") == phrases.codes("en")


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_code_is_without_words(package: str, lang: str) -> None:
    phrases = Phrases.load(package)
    assert [code for code in phrases.codes(lang) if not (phrases.template(code, lang) or "").strip()] == []


def test_a_value_stands_in_its_place() -> None:
    assert WORDS.say("hello", "en", name="Li") == "Hello Li"


def test_a_missing_value_is_a_dash_and_no_error() -> None:
    assert WORDS.say("hello") == "你好 —"


def test_a_code_without_words_is_shown_as_it_is() -> None:
    assert WORDS.say("unheard_of", "en") == "unheard_of"


@pytest.mark.parametrize(
    ("lang", "said"), [("zh-CN", "你好 —"), ("en-GB", "Hello —"), ("fr", "你好 —"), ("", "你好 —")]
)
def test_an_unknown_language_is_the_houses_own(lang: str, said: str) -> None:
    assert WORDS.say("hello", lang) == said


def test_the_houses_language_can_be_english() -> None:
    assert Phrases({"zh": {"a": "甲"}, "en": {"a": "A"}}, "en").say("a") == "A"
