"""`jieli rehearse`: stories played against the real services on a virtual clock."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import FAILED, JsonLines, Language, Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.kernel.phrases import Phrases
    from services.rehearsal.stage import Stage
    from services.rehearsal.story import BadStory, Story
    from services.rehearsal.telling import Telling

STORIES = Path(__file__).parents[1] / "rehearsal" / "stories"
Files = Annotated[
    list[Path] | None,
    typer.Argument(
        exists=True, dir_okay=False, help="故事文件，不写则演练自带的全部故事 files; none: all shipped ones"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command()(rehearse)


def rehearse(
    files: Files = None,
    shared: Annotated[bool, typer.Option("--shared", help="全部在同一系统上演练 all on one stack")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="结束后继续提供接口 keep the last stack until Ctrl-C")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="数据目录，须为空 an empty folder")] = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """演练：在虚拟时钟上经真实接口演出一个个故事，说明哪些符合预期。不符合时退出码为 1。"""
    from services.app import event_loop

    out = Output(json, lang)
    with out.guarding(), tempfile.TemporaryDirectory(prefix="jieli-rehearsal-") as fresh:
        stories = _read(files or sorted(STORIES.glob("*.yaml")), out)
        failed: list[int] = []
        event_loop.run(_play(stories, Path(data or fresh), out, failed, _Wish(shared, keep)))
    if any(failed):
        raise typer.Exit(FAILED)


def _read(files: Sequence[Path], out: Output) -> list[Story]:
    """All stories, before anything is started; the first file that cannot be played ends the command."""
    from services.rehearsal.reading import read_story
    from services.rehearsal.story import BadStory

    try:
        return [read_story(file) for file in files]
    except BadStory as bad:
        out.fail("story_invalid", f"{bad.place}: {_wrong(bad, out.lang)}")


def _wrong(bad: BadStory, lang: str) -> str:
    """What is wrong with a file, in words."""
    from services.kernel.phrases import Phrases
    from services.reference import policy_words

    if bad.fault:
        return policy_words.sentence(bad.fault, policy_words.words(), lang)
    return Phrases.load("services.rehearsal").say(f"story.{bad.code}", lang, **bad.values)


async def _play(stories: Sequence[Story], data: Path, out: Output, failed: list[int], wish: _Wish) -> None:
    """Play them; what the hub itself has to say goes to a file."""
    from services.kernel import logs
    from services.rehearsal.telling import Telling

    telling = Telling(out.emit, out.lang)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "hub.log").open("a", encoding="utf-8") as log:
        logs.configure("info", log)
        failed.append(await _on_stages(stories, data, telling, _Kept(out, telling.phrases), wish))
        logs.configure("warning")
    out.progress(telling.phrases.say("rehearsal.together", out.lang, stories=len(stories), failed=failed[0]))


async def _on_stages(stories: Sequence[Story], data: Path, telling: Telling, kept: _Kept, wish: _Wish) -> int:
    from services.app.stages import stages
    from services.rehearsal.run import Rehearsal

    kept.out.progress(telling.phrases.say("rehearsal.starting", telling.lang))
    async with stages(data, kept.out.lang) as empty:
        rehearsal = Rehearsal(empty, telling, telling.lang, kept if wish.keep else None)
        return await (rehearsal.together(stories) if wish.shared else rehearsal.apart(stories))


@dataclass(frozen=True, slots=True)
class _Wish:
    """All on one stack? Leave the last one up?"""

    shared: bool
    keep: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """What happens to the last stack under --keep."""

    out: Output
    phrases: Phrases

    async def __call__(self, stage: Stage) -> None:
        from services.app.signals import stop_asked

        self.out.ready({name: value for name, value in stage.line.items() if name != "kind"})
        self.out.progress(self.phrases.say("rehearsal.kept", self.out.lang, http=stage.http))
        await stop_asked().wait()
