"""Loaded by a child that has this folder on its path: writes every finished span to the file named by SPANS_FILE."""

from __future__ import annotations

import os
from pathlib import Path


def install(file: str) -> None:
    """Record spans from here on."""
    from opentelemetry import trace  # noqa: PLC0415 - only where spans are asked for
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor  # noqa: PLC0415

    out = Path(file).open("a", encoding="utf-8")  # noqa: SIM115 - as long as the process
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=out)))
    trace.set_tracer_provider(provider)


if "SPANS_FILE" in os.environ:
    install(os.environ["SPANS_FILE"])
