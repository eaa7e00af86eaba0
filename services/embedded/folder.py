"""The data folder: who owns it, its secrets, and the ready file by which others find the stack."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from services.embedded.refusals import StackRefused

READY = "stack.json"
LOCK = "lock"
SECRETS = "secrets"
PATIENCE_SECONDS = 0.5  # somebody may only be looking


class DataFolder:
    """A folder (0700) that belongs to one live process at a time; its lock ends with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        """Only names; nothing is touched yet."""
        self.path = path.resolve()
        self._lock = -1

    def take(self) -> None:
        """Make the folder if needed and own it. StackRefused ``already_running`` if a live process does."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.path / SECRETS).mkdir(mode=0o700, exist_ok=True)
        (self.path / "logs").mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(lock, fcntl.LOCK_EX, PATIENCE_SECONDS):
            os.close(lock)
            raise StackRefused("already_running", str(self.path))
        self._lock = lock
        (self.path / READY).unlink(missing_ok=True)

    def release(self) -> None:
        """Give the folder up; harmless when it was never taken."""
        if self._lock >= 0:
            (self.path / READY).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def secret(self, name: str) -> str:
        """A random text of its own, made at the first call and kept in a file of mode 0600."""
        file = self.path / SECRETS / name
        if not file.exists():
            replace_private(file, secrets.token_urlsafe(32))
        return file.read_text(encoding="ascii")

    def write_ready(self, ready: Mapping[str, object]) -> None:
        """Say where everything is; whoever reads it sees all of it or nothing."""
        replace_private(self.path / READY, json.dumps(ready, ensure_ascii=False))


def owned(path: Path) -> bool:
    """Whether a live process owns that folder."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locked(lock, fcntl.LOCK_SH, 0)
    finally:
        os.close(lock)


def replace_private(path: Path, text: str) -> None:
    """Write a whole file of mode 0600 in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _locked(lock: int, kind: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True
