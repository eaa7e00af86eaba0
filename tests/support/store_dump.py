"""A dump of the demo's stores as a release leaves them: made once by that release, restored by every later one."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from services.app.backups import make_roles, settled
from services.embedded.postgres import program
from tests.support.small_demo import tell

STORES: Final = Path(__file__).parents[1] / "fixtures" / "stores"
SEED: Final = 1


def make(name: str) -> list[Path]:
    """Tell the small demo with today's code and keep its stores and its key; gives the two files."""
    files = [STORES / f"{name}.dump", STORES / f"{name}.kek"]
    with tempfile.TemporaryDirectory(prefix="jieli-dump-") as folder:
        data = Path(folder) / "data"
        tell(data, SEED, before_end=lambda url: _keep(url, data, files))
    return files


def _keep(url: str, data: Path, files: list[Path]) -> None:
    dump = [program("pg_dump"), "--format=custom", "--compress=9", "--no-owner", f"--dbname={url}"]
    subprocess.run([*map(str, dump), f"--file={files[0]}"], check=True, timeout=120)
    shutil.copyfile(data / "secrets" / "kek", files[1])


def key_of(name: str, folder: Path) -> Path:
    """The dump's key-encryption key as a private file."""
    file = folder / "kek"
    file.touch(mode=0o600)
    file.write_bytes((STORES / f"{name}.kek").read_bytes())
    return file


def names() -> list[str]:
    """All dumps that there are."""
    return sorted(file.stem for file in STORES.glob("*.dump"))


async def restore(name: str, url: str) -> None:
    """Bring a dump into an empty database of another cluster; nothing is migrated yet."""
    await make_roles(url)
    await asyncio.to_thread(_restore, STORES / f"{name}.dump", url)
    await settled(url)


def _restore(dump: Path, url: str) -> None:
    line = [program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", dump]
    subprocess.run(list(map(str, line)), check=True, timeout=120)


if __name__ == "__main__":
    for file in make(sys.argv[1]):
        sys.stdout.write(f"{file.name}: {file.stat().st_size} bytes\n")
