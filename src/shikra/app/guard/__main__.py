"""
``python -m shikra.app.guard N``: the guard's own process, started by the main one.

In: the number of the descriptor that orders come by. It ends when nobody is at the other end any
more, and then, as at any other end of it, the kernel lets every open go on. It is locked in memory,
since whoever pages it in might wait for it, and is ended by a timer if one round takes too long.
"""

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

from shikra.app.guard.judge import MapsJudge
from shikra.enforce.guard import fanotify, telling
from shikra.enforce.guard.messages import ClosedError
from shikra.enforce.guard.station import Station

STUCK_SECONDS = 3.0
REST_MS = telling.REST_NS // 1_000_000
_MCL_CURRENT_FUTURE = 1 | 2
_MAX_FILES = 4096
_NICENESS = -20


def main(descriptor: int) -> None:
    """Guard until nobody gives orders any more."""
    end = socket.socket(fileno=descriptor)
    end.setblocking(False)  # noqa: FBT003  its own order
    _prepare()
    group = fanotify.Group()
    station = Station(group, end, MapsJudge)
    try:
        _serve(station, group, end)
    except ClosedError:
        pass
    finally:
        station.close()


def _serve(station: Station, group: fanotify.Group, end: socket.socket) -> None:
    waiting = select.poll()
    waiting.register(group.descriptor, select.POLLIN)
    waiting.register(end, select.POLLIN)
    orders = end.fileno()
    while True:
        found = waiting.poll(REST_MS if station.has_rest else None)
        signal.setitimer(signal.ITIMER_REAL, STUCK_SECONDS)  # unhandled, it ends us
        for ready, _ in found:
            if ready == orders:
                station.obey()
            else:
                station.answer()
        station.tell_rest()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _prepare() -> None:
    """Be quick, whatever the rest of the machine does; what is refused is done without."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's, meant for the main process
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_MAX_FILES, hard), hard))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY,) * 2)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-1000")
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    _come_first()
    gc.freeze()
    gc.disable()  # nothing here is circular, and a collection makes an open wait
    if ctypes.CDLL(None).mlockall(_MCL_CURRENT_FUTURE):
        _say("its memory can't be locked: opens may have to wait until it is read back")


def _come_first() -> None:
    """
    Run before all that isn't real time.

    An application waits for us at each open, so whoever keeps the CPUs busy keeps it waiting; and
    past the limit of ``on_timeout`` a busy machine would decide what is denied. The lowest of the
    real-time priorities is enough; a loop of ours is ended by the timer, and by the kernel's own
    limit it leaves others some of each second. Where that isn't permitted, being nice to nobody
    has to do.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError as error:
        _say(f"it gets no real-time priority ({error}): opens may have to wait on a busy machine")


def _say(what: str) -> None:
    print(f"shikra: guard: {what}", file=sys.stderr, flush=True)  # noqa: T201  to the main's log


if __name__ == "__main__":
    main(int(sys.argv[1]))
