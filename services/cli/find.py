"""Which running stack a command means: the one of ``--data DIR``, else the one the environment names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from services.embedded.folder import READY, owned
from services.kernel.errors import Refused
from services.kernel.settings import from_environment

NO_STACK = (
    "没有正在运行的接力系统，请先运行 jieli up，或用 --data 指定其数据目录。"
    "No running stack: start one with jieli up, or name its folder with --data."
)


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a stack can be reached; ``http`` and ``kafka_bootstrap`` are empty where the environment names none."""

    database_url: str
    kafka_bootstrap: str
    http: str
    data: Path | None


def find_stack(data: Path | None) -> Stack:
    """The stack meant. Refused ``no_stack`` if none runs there."""
    settings = from_environment()
    if data is None and settings.database_url:
        http = f"http://127.0.0.1:{settings.http_port}" if settings.http_port else ""
        return Stack(settings.database_url, settings.kafka_bootstrap or "", http, settings.data)
    folder = data or settings.data
    if folder is None or not owned(folder):
        raise Refused("no_stack", NO_STACK)
    return _read(folder)


def _read(folder: Path) -> Stack:
    try:
        ready = json.loads((folder / READY).read_text(encoding="utf-8"))
        return Stack(ready["database_url"], ready["kafka_bootstrap"], ready["http"], folder)
    except (OSError, ValueError, KeyError) as error:
        raise Refused("no_stack", NO_STACK) from error
