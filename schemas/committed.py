"""The command of everything that is generated and committed: `python -m MODULE` writes, with --check it compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def parser_of(module: str, about: str | None) -> argparse.ArgumentParser:
    """The options that all of them have."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where they differ")
    return parser


def keep(parser: argparse.ArgumentParser, file: Path, text: Callable[[], str], arguments: Sequence[str] | None) -> int:
    """One file. 0: written, or as committed; 1: another than the committed one under --check."""
    if not parser.parse_args(arguments).check:
        file.write_text(text(), "utf-8")
        return 0
    if file.is_file() and file.read_text("utf-8") == text():
        return 0
    sys.stderr.write(f"与代码不一致，请重新导出。 Not what the code says: {file.name}\n")
    return 1
