"""A tiny process between us and one server: it passes signals on, and when we are gone it ends the server.

Run as a script with nothing but the standard library: ``python -I -S keeper.py IDENTITY LAST_SIGNAL COMMAND…``.
Standard input is the only order: every byte is a signal number for the server, the end of input (our death, however it
came) ends the server with LAST_SIGNAL, then SIGKILL. Standard output has one line, the server's process id.
A death signal alone would not do: the kernel clears it when an identity changes, and it can carry no orders.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time

IDENTITY_REFUSED = 71
NOBODY = 65534
GRACE_SECONDS = 2.0
SET_DEATH_SIGNAL, KEEP_CAPABILITIES, AMBIENT, AMBIENT_RAISE = 1, 8, 47, 2
NEW_USER_NAMESPACE = 0x10000000
CAPABILITY_VERSION_3 = 0x20080522
DAC_OVERRIDE = 1


def system_call(name: str, *arguments: object) -> None:
    """Call libc by name; OSError with its errno when it says no."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def write(path: str, text: str) -> None:
    """Write one of the kernel's own small files."""
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would double this process's start
        file.write(text)


def become_namespaced() -> None:
    """Look like nobody from inside a user namespace; outside, files stay with the real user."""
    user = os.geteuid()
    system_call("unshare", NEW_USER_NAMESPACE)
    write("/proc/self/uid_map", f"{NOBODY} {user} 1")


def become_nobody() -> None:
    """Be the real nobody, keeping only the right to walk through closed folders (ours may lie under a 0700 one)."""
    system_call("prctl", KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    mask = 1 << DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    system_call("capset", header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
    system_call("prctl", AMBIENT, AMBIENT_RAISE, DAC_OVERRIDE, 0, 0)


IDENTITIES = {"self": lambda: None, "namespace": become_namespaced, "nobody": become_nobody}


def become(identity: str, keeper: int, command: list[str]) -> None:
    """The forked half: take the identity, then turn into the server. Never returns."""
    try:
        IDENTITIES[identity]()
        if sys.platform == "linux":
            system_call("prctl", SET_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() == keeper:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        os.write(2, f"{identity}: {error}\n".encode())
    os._exit(IDENTITY_REFUSED)


def ended(child: int) -> int | None:
    """Exit code of the server, or None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def finish(child: int, last: int) -> int:
    """End the server: LAST_SIGNAL, two seconds, SIGKILL."""
    deadline = time.monotonic() + GRACE_SECONDS
    os.kill(child, signal.SIGCONT)
    os.kill(child, last)
    while (code := ended(child)) is None:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)
    return code


def obey(child: int, last: int, wake: int) -> int:
    """Pass orders on until the server ends or the orders do."""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if (code := ended(child)) is not None:
            return code
        if wake in ready:
            os.read(wake, 64)
        if 0 in ready:
            orders = os.read(0, 64)
            if not orders:
                return finish(child, last)
            for number in orders:
                os.kill(child, number)


def keep(identity: str, last: int, command: list[str]) -> int:
    """Start the server, say its process id, keep it."""
    wake, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(alarm)
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        become(identity, keeper, command)
    os.write(1, f"{child}\n".encode())
    os.close(1)
    return obey(child, last, wake)


if __name__ == "__main__":
    code = keep(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
    os._exit(code if code >= 0 else 128 - code)
