"""`jieli import notices` as a clerk who begins again after every end but a whole one."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.hub import Apart, Command, Hub

SAMPLE: Final = Path(__file__).parents[1] / "fixtures" / "notices" / "release-notices-a-2026-03.csv"
ENCODING: Final = "gb18030"
TAKEN: Final = ("accepted", "revised")
PAUSE_SECONDS: Final = 0.1
END_SECONDS: Final = 20.0


def first_rows(folder: Path, count: int) -> Path:
    """A copy of the sample with its first rows only."""
    lines = SAMPLE.read_text(ENCODING).splitlines(keepends=True)
    copy = folder / SAMPLE.name
    copy.write_text("".join(lines[: count + 1]), ENCODING)
    return copy


def first_outcomes(count: int) -> dict[int, str]:
    """Row → the outcome that an undisturbed first import gives it."""
    expected = json.loads(SAMPLE.with_suffix("").with_suffix(".expected.json").read_text("utf-8"))
    return {one["row"]: one["outcome"] for one in expected["receipts"] if one["row"] <= count + 1}


@dataclass(slots=True)
class Importing:
    """One file. `fresh`: rows that were new in some run; `receipts`: row → its newest receipt."""

    stack: Hub | Apart
    file: Path
    fresh: int = 0
    runs: int = 0
    whole: bool = False
    receipts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    _command: Command | None = None

    async def run(self) -> None:
        """Until one run came to its end."""
        while not self.whole:
            if self.stack.doors is not None:
                await self.once()
            await asyncio.sleep(PAUSE_SECONDS)

    async def once(self) -> None:
        """One run, however it ends."""
        self.runs += 1
        words = self.stack.command_words("import", "notices", self.file)
        self._command = await Command.start(*words, log=self.stack.logs / "import.log", env=self.stack.command_env())
        try:
            async for line in self._command.lines():
                self._note(line)
            self.ends.append(await self._command.ended(END_SECONDS))
        finally:
            await self._command.kill()

    def kill(self) -> None:
        """SIGKILL to the run under way."""
        if self._command:
            self._command.send(signal.SIGKILL)

    def what_is_wrong(self, expected: Mapping[int, str]) -> list[str]:
        """After a whole run: no row was told anything else than what it is, or that it is there already."""
        wrong = (
            [f"rows {sorted(expected.keys() ^ self.receipts.keys())}"]
            if expected.keys() != self.receipts.keys()
            else []
        )
        for row, receipt in self.receipts.items():
            first = expected[row]
            allowed = {first, "duplicate"} if first in TAKEN else {first}
            wrong += [] if receipt["outcome"] in allowed else [f"row {row} {first}: {receipt['outcome']}"]
        return wrong

    def _note(self, line: Mapping[str, Any]) -> None:
        if line["kind"] == "receipt":
            self.fresh += line["outcome"] in TAKEN
            self.receipts[line["row"]] = line
        elif line["kind"] == "summary":
            self.whole = True
