"""How the demo speaks while it runs: sentences and a bar of days, always on stderr."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.kernel.phrases import Phrases


class Telling:
    """Words of the story in one language."""

    def __init__(self, lang: str) -> None:
        self.phrases = Phrases.load("services.demo", lang=lang)
        self.lang = lang
        self._console = Console(stderr=True, highlight=False, emoji=False)

    def say(self, code: str, **values: object) -> None:
        """One sentence of progress."""
        self._console.print(self.phrases.say(code, self.lang, **values))

    @contextmanager
    def days(self, total: int) -> Generator[Callable[[int], None]]:
        """A bar of virtual days; gives the function that moves it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task(self.phrases.say("days", self.lang), total=total)
            yield lambda day: bar.update(task, completed=day)
