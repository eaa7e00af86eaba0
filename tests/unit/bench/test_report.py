"""The table for people, in both languages."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from services.bench.report import table
from services.bench.rounds import Aim, Compared
from services.bench.run import APPENDS, NOTICES
from services.kernel.phrases import Phrases

FOUND = [
    Compared(name="append", unit="tx/s", rounds=((900.0, 1000.0),), aim=Aim("ratio", 0.85)),
    Compared(name="notice_to_inbox_p99", unit="ms", rounds=((300.0, 10.0),), aim=Aim("ours", 250.0)),
]


def shown(lang: str) -> str:
    text = io.StringIO()
    Console(file=text, width=130).print(table(FOUND, Phrases.load("services.bench", lang=lang)))
    return text.getvalue()


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["追加", "0.90", "是", "≤ 250", "否"]), ("en", ["append", "0.90", "yes", "≤ 250", "no"])]
)
def test_the_table_says_ratio_aim_and_whether_it_is_met(lang: str, words: list[str]) -> None:
    assert all(word in shown(lang) for word in words)


def test_both_languages_have_the_same_words() -> None:
    phrases = Phrases.load("services.bench")
    assert phrases.codes("zh") == phrases.codes("en")


def test_every_figure_has_a_name_in_words() -> None:
    phrases = Phrases.load("services.bench")
    names = [name for name, *_ in APPENDS] + ["relay", "ingest_to_journal", NOTICES]
    names += [f"{NOTICES}_{part}" for part in ("p50", "p99", "max")]
    assert all(phrases.knows(name) for name in names)
