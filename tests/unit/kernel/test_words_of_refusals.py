"""Whoever is refused reads why, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kernel.phrases import Phrases

SERVICES = Path(__file__).parents[3] / "services"
OVER_HTTP = ("kernel", "intake", "handover", "timeline")
PHRASES = Phrases.load(*(f"services.{name}" for name in OVER_HTTP))


def codes() -> Iterator[str]:
    """Every code that a service refuses with, as written."""
    for package in OVER_HTTP:
        for path in (SERVICES / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        yield str(first.value)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_that_a_service_refuses_with_has_words(lang: str) -> None:
    found = set(codes())
    assert len(found) > 10
    assert {code for code in found if not PHRASES.knows(f"problem.{code}", lang)} == set()
