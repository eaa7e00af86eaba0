"""The `jieli` command: one file per group of commands, all words and JSON lines through `output`."""

from __future__ import annotations

import typer

from services.cli import (
    agreements,
    backups,
    bench,
    calendar,
    demo,
    imports,
    keys,
    kpi,
    operate,
    parked,
    passwords,
    policy,
    records,
    rehearse,
    saga,
    sessions,
    stack,
    timeline,
    tokens,
    trace,
    verify,
)
from services.kernel import logs

HELP = "接力：戒毒人员后续照管跨部门转介与衔接中枢"
GROUPS = (
    saga,
    sessions,
    stack,
    demo,
    imports,
    timeline,
    trace,
    parked,
    tokens,
    passwords,
    sessions,
    operate,
    keys,
    policy,
    agreements,
    records,
    kpi,
    calendar,
    verify,
    rehearse,
    backups,
    bench,
)


def build() -> typer.Typer:
    """The command with all its groups."""
    app = typer.Typer(name="jieli", help=HELP, no_args_is_help=True, add_completion=False)
    for group in GROUPS:
        group.register(app)
    return app


def main() -> None:
    """Entry point: exit 0 done, 1 refused or failed, 2 wrong usage. Logs go to stderr: stdout is for answers."""
    logs.configure("warning")
    build()()
