"""The key-encryption key: `jieli keys show` and `jieli keys rotate`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.kernel.settings import from_environment

if TYPE_CHECKING:
    from services.kernel.kek import Kek
    from services.kernel.seal_settings import SealSettings

DataFolder = Annotated[Path | None, typer.Option("--data", help="数据目录 folder of a stack")]


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    keys = typer.Typer(help="密钥 keys", no_args_is_help=True)
    keys.command()(show)
    keys.command()(rotate)
    app.add_typer(keys, name="keys")


def show(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """当前主密钥的编号，以及还有多少人的密钥由旧主密钥包裹。"""
    out = Output(json, lang)
    with out.guarding():
        stack = find_stack(data)
        kek = sealing_of(stack.data).kek(made=False)
        _say(out, kek.kid, asyncio.run(_left(stack.database_url, kek)))


def rotate(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """换一把新的主密钥，并用它重新包裹每个人的密钥；密文不动，可随时中断后重来。"""
    out = Output(json, lang)
    with out.guarding():
        stack = find_stack(data)
        kek = sealing_of(stack.data).kek(made=False)
        out.emit("rotated", kid=kek.rotate(), rewrapped=asyncio.run(_rewrap(stack.database_url, kek, out)))
        _say(out, kek.kid, asyncio.run(_left(stack.database_url, kek)))


def sealing_of(folder: Path | None) -> SealSettings:
    """As the environment says; else the key file of the stack's folder."""
    from services.kernel.seal_settings import SealSettings

    settings = from_environment()
    folder = folder or settings.data
    named = settings.kek_file or settings.kek_uri or folder is None
    kek_file = settings.kek_file if named or folder is None else folder / "secrets" / "kek"
    return SealSettings(kek_file, settings.kek_uri, settings.seal_alg)


def _say(out: Output, kid: str, left: int) -> None:
    out.emit("kek", kid=kid, left=left)
    words = {"zh": f"主密钥 {kid}；旧主密钥仍包裹 {left} 人", "en": f"key {kid}; former keys still wrap {left} people"}
    out.words(words[out.lang])


async def _rewrap(url: str, kek: Kek, out: Output) -> int:
    from services.kernel.db import open_pool
    from services.kernel.rewrapping import rewrap

    async with await open_pool(url, "vault", role=None, size=1) as pool:
        return await rewrap(pool, kek, lambda done: out.progress(str(done)))


async def _left(url: str, kek: Kek) -> int:
    from services.kernel.db import open_pool
    from services.kernel.rewrapping import left

    async with await open_pool(url, "vault", role=None, size=1) as pool:
        return await left(pool, kek)
