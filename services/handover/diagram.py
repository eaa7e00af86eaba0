"""The saga's diagram as it is committed beside this file; with --check compares it with the table's."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

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
    parser = argparse.ArgumentParser(prog="python -m services.handover.diagram", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where they differ")
    if not parser.parse_args(arguments).check:
        committed.write_text(text(), "utf-8")
        return 0
    if committed.is_file() and committed.read_text("utf-8") == text():
        return 0
    sys.stderr.write(f"状态图与流程表不一致，请重新导出。 Not what the table says: {committed.name}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
