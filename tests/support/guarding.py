"""The guard of a Shikra that denies, and who waits for it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from support.ground import Ground

CREDENTIAL = "/mnt/secrets/db-password"
GUARD = "shikra.app.guard"
SECOND = 1.0


def guards_of(pid: int) -> list[int]:
    """Return the guard's process of a Shikra, and its spare's; none if there is none now."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if GUARD in Path(f"/proc/{child}/cmdline").read_text():
                found.append(int(child))
    return found


def guard_of(pid: int) -> int:
    """Return the guard's process of a Shikra; 0 if there is none now."""
    return next(iter(guards_of(pid)), 0)  # the spare is younger


def is_ready(pid: int) -> bool:
    """Whether a guard has come as far as to ask for its priority, the last that it does first."""
    return os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or nobody has taken note of its end yet."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b""
    except FileNotFoundError:
        return True


def is_denied(place: Ground) -> bool:
    """Whether a foreign reader is refused."""
    return place.container.exec("cat", CREDENTIAL).exit_code != 0


def seconds_to_open(place: Ground) -> float:
    """Return how long whoever opens a file of the volume has to wait."""
    began = time.monotonic()
    place.volume.joinpath("db-password").read_bytes()
    return time.monotonic() - began


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process do nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """Let processes keep every CPU busy."""
    with contextlib.ExitStack() as stack:
        for _ in range(processes):
            line = [sys.executable, "-I", "-S", "-c", "while True: pass"]
            process = stack.enter_context(subprocess.Popen(line))
            stack.callback(process.kill)
        yield
