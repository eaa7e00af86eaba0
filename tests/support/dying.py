"""`jieli`, but killed by SIGKILL at a named point of firing deadlines: one function does not return.

`DYING_AT` is `point:n`: the n-th time that this point is reached.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Final

from services import cli
from services.handover import deadline_firing
from services.kernel import deadlines
from services.kernel.deadlines import DeadlineWorker
from services.kernel.relay import Relay

POINTS: Final = {  # where it is, and whether it dies on the way in or on the way out
    "before anything is written": (deadline_firing, "write", "in"),
    "before the deadline is marked": (deadlines, "_mark", "in"),
    "before the commit": (deadlines, "_refuse_untouched", "out"),
    "after the commit": (DeadlineWorker, "_fire_next", "out"),
    "before the relay sends": (Relay, "_send", "in"),
    "before the relay remembers": (Relay, "_send", "out"),
}


def main() -> None:
    """The command line, mortal."""
    point, _, number = os.environ.pop("DYING_AT").rpartition(":")
    place, name, way = POINTS[point]
    setattr(place, name, _mortal(getattr(place, name), way, int(number)))
    cli.main()


def _mortal(act: Callable[..., Awaitable[Any]], way: str, number: int) -> Callable[..., Awaitable[Any]]:
    left = number

    async def until_death(*words: Any, **named: Any) -> Any:  # noqa: ANN401 - handed on
        nonlocal left
        left -= 1
        if left <= 0 and way == "in":
            os.kill(os.getpid(), signal.SIGKILL)
        done = await act(*words, **named)
        if left <= 0 and (done is not False or number == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return until_death


if __name__ == "__main__":
    main()
