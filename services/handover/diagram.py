"""The saga's diagram as it is committed beside this file; with --check compares it with the table's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from schemas.committed import keep, parser_of
from services.handover.domain.drawing.picture import svg
from services.handover.domain.table import shipped_table
from services.kernel.phrases import Phrases

COMMITTED: Final = Path(__file__).with_name("saga.svg")


def text() -> str:
    """The shipped table's diagram: the same bytes for the same table and words."""
    phrases = Phrases.load("services.handover")
    return svg(shipped_table(), lambda code, lang: phrases.template(code, lang) or code)


def main(arguments: Sequence[str] | None = None, committed: Path = COMMITTED) -> int:
    """0: written, or as committed; 1: another than the committed one under --check."""
    return keep(parser_of("services.handover.diagram", __doc__), committed, text, arguments)


if __name__ == "__main__":
    sys.exit(main())
