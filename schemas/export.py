"""Writes the exported JSON Schemas and the AsyncAPI document; with --check compares them with what is committed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.asyncapi import document
from schemas.base import Event
from schemas.committed import parser_of
from schemas.compat import Change, compare
from schemas.registry import EVENTS, schema_uri
from schemas.sealed import sealed_fields

HOME: Final = Path(__file__).parent
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Difference:
    """A committed file that is not what the code says. `changes` only for schemas."""

    file: str
    what: str
    changes: tuple[Change, ...] = ()

    @property
    def breaking(self) -> bool:
        return self.what == "removed" or any(change.breaking for change in self.changes)

    def lines(self) -> list[str]:
        verdict = "BREAKING" if self.breaking else "compatible"
        details = [f"    {'BREAKING' if c.breaking else 'ok'} {c.path or '/'}: {c.what}" for c in self.changes]
        return [f"{verdict} {self.what} {self.file}", *details]


def exported() -> dict[str, str]:
    """Every generated file by its path below this folder."""
    schemas = {f"json/{wire}.json": _text(schema_of(event)) for wire, event in sorted(EVENTS.items())}
    return {**schemas, "asyncapi.json": _text(document())}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """What a payload of this version may be, sealed fields as tokens."""
    marks = {"x-topic": event.topic, "x-pii": event.pii, "x-sealed": list(sealed_fields(event))}
    return {"$schema": DIALECT, "$id": schema_uri(event.wire), **marks, **event.model_json_schema(mode="validation")}


def differences(home: Path = HOME) -> list[Difference]:
    """What the committed files below `home` and the code disagree on, file by file."""
    wanted = exported()
    committed = {path.relative_to(home).as_posix(): path.read_text("utf-8") for path in _committed(home)}
    gone = [Difference(name, "removed") for name in sorted(committed.keys() - wanted.keys())]
    return gone + [
        _difference(name, committed.get(name), text) for name, text in wanted.items() if committed.get(name) != text
    ]


def write(home: Path = HOME) -> None:
    """Make the files below `home` what the code says."""
    wanted = exported()
    (home / "json").mkdir(parents=True, exist_ok=True)
    for path in _committed(home):
        if path.relative_to(home).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (home / name).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """0: nothing to say or written; 1: differences under --check, or a breaking change that was not allowed."""
    parser = parser_of("schemas.export", __doc__)
    parser.add_argument("--allow-breaking", action="store_true", help="for versions that nobody has written yet")
    options = parser.parse_args(arguments)
    found = differences()
    sys.stdout.writelines(f"{line}\n" for difference in found for line in difference.lines())
    if options.check:
        return 1 if found else 0
    if any(one.breaking for one in found) and not options.allow_breaking:
        sys.stderr.write("不兼容的改动：请新增版本与升级步骤。 Breaking: add a new version and an upcast instead.\n")
        return 1
    write()
    return 0


def _committed(home: Path) -> list[Path]:
    return [*sorted((home / "json").glob("*.json")), *home.glob("asyncapi.json")]


def _difference(name: str, before: str | None, after: str) -> Difference:
    if before is None:
        return Difference(name, "added")
    if not name.startswith("json/"):
        return Difference(name, "changed")
    return Difference(name, "changed", tuple(compare(json.loads(before), json.loads(after))))


def _text(node: dict[str, Any]) -> str:
    return json.dumps(node, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.exit(main())
