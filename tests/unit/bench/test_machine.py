"""What is said about the machine."""

from __future__ import annotations

import platform
from pathlib import Path

from services.bench.machine import broker, cpu


def test_the_cpu_is_named_by_its_model(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Made Up 9000\nprocessor\t: 1\nmodel name\t: Made Up 9000\n")
    assert cpu(info) == "Made Up 9000"


def test_a_kernel_that_does_not_tell_leaves_the_architecture(tmp_path: Path) -> None:
    assert cpu(tmp_path / "none") == platform.machine()


async def test_the_broker_names_itself() -> None:
    assert (await broker()).startswith("tansu ")
