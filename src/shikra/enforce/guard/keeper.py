"""
Keep a guard at work: start it, give it orders, listen to it, end it when it doesn't answer.

In: how the guard's process is started, and a first order. Out: what it reports. It never waits for
the guard, but for its last words, a bounded time. When the guard has ended, opens go on; whoever
keeps it starts another, and tells it everything anew. A spare that was started before needs only to
be told: on a busy machine, to start one takes seconds, in which nothing is denied.
"""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence

from shikra.enforce.guard import messages

END_SECONDS = 1.0
LAST_SECONDS = 0.5
"""How long a guard may take to tell its last; opens wait for one that doesn't answer."""


First = Callable[[], tuple[messages.Begin, Sequence[int]]]
"""What a guard that was just started is told first, and the maps beside it."""


class _Guard:
    """A process, and our end of the channel to it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; raise ``OSError`` where that can't be done."""
        self.end, theirs = messages.pair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  our own
                [*command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def kill(self) -> None:
        """End it; to wait for that would hold up who takes over."""
        self.end.close()
        self.process.kill()


class Keeper:
    """Of one guard at a time, and a spare; ``close`` must follow."""

    def __init__(self, command: Sequence[str], first: First) -> None:
        """Keep a guard that is started by this command, which gets a descriptor's number."""
        self._command = command
        self._first = first
        self._guard: _Guard | None = None
        self._spare: _Guard | None = None
        self._killed: list[subprocess.Popen[bytes]] = []
        self.full = 0  # orders that weren't taken: the guard doesn't read them

    @property
    def pid(self) -> int:
        """The guard's process; 0 if there is none."""
        return 0 if self._guard is None else self._guard.process.pid

    def start(self) -> None:
        """Let the spare guard, or start a guard; raise ``OSError`` where that can't be done."""
        self.end()
        spare, self._spare = self._spare, None
        if spare is not None and spare.process.poll() is not None:
            self._kill(spare)
            spare = None
        self._guard = _Guard(self._command) if spare is None else spare
        self.order(*self._first())

    def spare(self) -> None:
        """Have another process ready, if there is none; it costs memory, and nothing else."""
        self._killed = [process for process in self._killed if process.poll() is None]
        if self._spare is not None and self._spare.process.poll() is not None:
            self._kill(self._spare)
            self._spare = None
        if self._spare is None:
            with contextlib.suppress(OSError):  # then there is none, for now
                self._spare = _Guard(self._command)

    def fileno(self) -> int:
        """Return what is readable when there is a report, or none will come any more."""
        if self._guard is None:
            raise OSError("there is no guard")
        return self._guard.end.fileno()

    def use(self, generation: int, tables: bytes) -> None:
        """Let the guard know these tables as this generation's."""
        descriptor = messages.in_memory(tables)
        self.order(messages.UseRules(generation), (descriptor,))
        os.close(descriptor)

    def order(self, order: messages.Order, descriptors: Sequence[int] = ()) -> None:
        """Give an order; to one that has ended, or doesn't listen, it is lost."""
        if self._guard is not None:
            with contextlib.suppress(messages.ClosedError):
                self.full += not messages.send(self._guard.end, order, descriptors)

    def reports(self) -> Iterator[messages.Report]:
        """Yield what has come; raise ``ClosedError`` once the guard has ended."""
        guard = self._guard
        if guard is None:
            raise messages.ClosedError
        while (report := messages.take_report(guard.end)) is not None:
            yield report

    def finish(self) -> Iterator[messages.Report]:
        """Have the guard end by itself, and yield what it tells until then; ``end`` must follow."""
        self.order(messages.Finish())
        end = time.monotonic() + LAST_SECONDS
        with contextlib.suppress(messages.ClosedError):
            yield from self.reports()
            heard = select.poll()
            heard.register(self.fileno(), select.POLLIN)
            while (left := end - time.monotonic()) > 0 and heard.poll(left * 1000):
                yield from self.reports()

    def end(self) -> None:
        """End the guard, at once. Harmless when there is none."""
        guard, self._guard = self._guard, None
        if guard is not None:
            self._kill(guard)

    def close(self) -> None:
        """End the guard and the spare, and wait for that, a bounded time."""
        self.end()
        spare, self._spare = self._spare, None
        if spare is not None:
            self._kill(spare)
        for process in self._killed:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)

    def _kill(self, guard: _Guard) -> None:
        guard.kill()
        self._killed.append(guard.process)
