"""JSON log lines on one stream; what a value may show is decided by its type."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from datetime import date
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor
from typing_extensions import override

from services.kernel.errors import JieliError

FRAMES = 8


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send all logs from `level` (debug … error) up to the stream, stderr if none; libraries from warning up."""
    target = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(target),
    )
    _route_libraries(target, max(threshold, logging.WARNING))


def get(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry `component=name`; it obeys a later `configure`."""
    return cast("FilteringBoundLogger", structlog.get_logger(component=name))


def shown(value: object) -> object:
    """What a log may show: plain values and containers of them; an error without foreign text; else the type's name.

    So events, sealed values, keys, bytes and rows never appear, whoever logs them.
    """
    for types, render in _RENDER:
        if isinstance(value, types):
            return render(value)
    return f"<{type(value).__name__}>"


def describe(error: BaseException) -> dict[str, object]:
    """An error's type and place; its text only where it is ours, since a database's may quote a row."""
    told: dict[str, object] = {"type": type(error).__name__}
    if isinstance(error, JieliError):
        told["text"] = str(error)
    if sqlstate := getattr(error, "sqlstate", None):
        told["sqlstate"] = sqlstate
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return told | {"at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]}


_RENDER: tuple[tuple[Any, Callable[[Any], object]], ...] = (
    (Enum, lambda value: shown(value.value)),
    ((str, int, float, NoneType), lambda value: value),
    (date, lambda value: value.isoformat()),
    (Path, str),
    (BaseException, describe),
    (Mapping, lambda value: {str(key): shown(item) for key, item in value.items()}),
    ((list, tuple, set, frozenset), lambda value: [shown(item) for item in value]),
)


def _redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info is True else info
    if isinstance(error, BaseException):
        event["error"] = error
    return {key: shown(value) for key, value in event.items()}


def _as_json(_logger: object, _method: str, event: MutableMapping[str, object]) -> str:
    return json.dumps(event, ensure_ascii=False)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    cast("Processor", _redact),
]


class _Foreign(logging.Formatter):
    """Writes a library's record as one of our lines."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: MutableMapping[str, object] = {"component": record.name, "event": record.getMessage()}
        line["exc_info"] = record.exc_info
        for process in _SHARED:
            line = cast("MutableMapping[str, object]", process(None, record.levelname.lower(), line))
        return _as_json(None, "", line)


def _route_libraries(stream: TextIO, threshold: int) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Foreign())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
