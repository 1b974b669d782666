"""Whom a killed process had attached to goes on."""

import os
import signal
import struct
import subprocess
from pathlib import Path

from shikra.sources.kernel import tracees
from support.kernel_records import call
from support.waiting import until


def told(*pids: int) -> bytes:
    """Return pids as the probe tells them."""
    return struct.pack("<4I", *pids, *[0] * (4 - len(pids)))


def state(pid: int) -> str:
    """Return a process's state as /proc tells it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_who_is_stopped_goes_on() -> None:
    """Each that is told is continued; one that is gone is no mistake, and no pid is nobody."""
    with subprocess.Popen(["/bin/sleep", "1000"]) as gone:
        gone.kill()
    with subprocess.Popen(["/bin/sleep", "1000"]) as stopped:
        try:
            os.kill(stopped.pid, signal.SIGSTOP)
            until(lambda: state(stopped.pid) == "T", "it to stop")
            tracees.let_go_on(call(tracees=told()))
            assert state(stopped.pid) == "T"
            tracees.let_go_on(call(tracees=told(gone.pid, stopped.pid)))
            until(lambda: state(stopped.pid) == "S", "it to go on")
        finally:
            stopped.kill()
