"""The first start of a folder, seen by an outsider until it is stopped; and how two looks at a stack are compared."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import finish
from tests.support.processes import touching, wait_until
from tests.support.running_hub import Ended, Hub, Said

NOTICES = Path(__file__).parents[1] / "fixtures" / "notices"
SAMPLE = NOTICES / "release-notices-a-2026-03.csv"


@dataclass(frozen=True, slots=True)
class FirstLife:
    """What was seen of a folder's first start, until it was stopped."""

    ready: dict[str, Any]
    stack_json: dict[str, Any]
    mode: int
    second_start: Said
    dry_run: Said
    dry_run_wrote: dict[str, tuple[int, int]]
    imported: Said
    handovers: list[list[dict[str, Any]]]
    ended: Ended
    left: list[int]


def live(hub: Hub) -> FirstLife:
    """Look around, foresee an import, import, and stop."""
    file = hub.data / "stack.json"
    stack_json, mode = json.loads(file.read_text("utf-8")), stat.S_IMODE(file.stat().st_mode)
    second_start = hub.runs("up")
    empty = finish(hub.counts())
    dry_run = hub.runs("import", "notices", SAMPLE, "--dry-run")
    wrote = changed(empty, finish(hub.counts()))
    imported = hub.runs("import", "notices", SAMPLE)
    hub.settle()
    handovers = some_handovers(hub, imported)
    ended = hub.stop()
    wait_until(lambda: not touching(str(hub.data)), 2)
    return FirstLife(
        ready=dict(hub.ready),
        stack_json=stack_json,
        mode=mode,
        second_start=second_start,
        dry_run=dry_run,
        dry_run_wrote=wrote,
        imported=imported,
        handovers=handovers,
        ended=ended,
        left=touching(str(hub.data)),
    )


def said(done: Said, kind: str) -> list[dict[str, Any]]:
    """The lines of a command that did its work and says one kind of thing."""
    assert done.code == 0, done.stderr
    assert {line["kind"] for line in done.lines} <= {kind}
    return done.lines


def expected(sample: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample.with_suffix(".expected.json").read_text("utf-8"))
    return found


def shown(imported: Said) -> list[dict[str, Any]]:
    """The receipts as the expectation lists them."""
    names = ("row", "outcome", "reason", "routing")
    return [{name: line[name] for name in names} for line in imported.lines if line["kind"] == "receipt"]


def summary(imported: Said) -> dict[str, Any]:
    """The last line without the import's own number."""
    return {name: value for name, value in imported.lines[-1].items() if name != "import_id"}


def some_handovers(hub: Hub, imported: Said) -> list[list[dict[str, Any]]]:
    """The handovers of every twentieth row."""
    rows = [line for line in imported.lines if line.get("outcome") == "accepted"][::20]
    return [hub.get("/handovers", person_ref=line["person_ref"])["items"] for line in rows]


def changed(was: dict[str, int], now: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Tables with another number of rows than before."""
    return {name: (was.get(name, 0), count) for name, count in now.items() if count != was.get(name, 0)}


async def on_topics(hub: Hub) -> str:
    """Keys, headers and values of all records, as text."""
    parts = [(record.key, record.value, *(value for _, value in record.headers)) for record in await hub.records()]
    return "\n".join((part or b"").decode("utf-8", "replace") for record in parts for part in record)


def in_files(folder: Path) -> str:
    """Every byte under the folder, the database's own files too, as text."""
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in folder.rglob("*") if file.is_file())
