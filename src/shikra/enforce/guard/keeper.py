"""
Keep a guard at work: start it, give it orders, listen to it, end it when it doesn't answer.

In: how the guard's process is started, and a first order. Out: what it reports. It never waits for
the guard. When the guard has ended, opens go on; whoever keeps it starts another, and tells it
everything anew.
"""

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence

from shikra.enforce.guard import messages

END_SECONDS = 1.0

First = Callable[[], tuple[messages.Begin, Sequence[int]]]
"""What a guard that was just started is told first, and the maps beside it."""


class Keeper:
    """Of one guard at a time; ``close`` must follow."""

    def __init__(self, command: Sequence[str], first: First) -> None:
        """Keep a guard that is started by this command, which gets a descriptor's number."""
        self._command = command
        self._first = first
        self._end: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.full = 0  # orders that weren't taken: the guard doesn't read them

    @property
    def pid(self) -> int:
        """The guard's process; 0 if there is none."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start a guard; raise ``OSError`` where that can't be done."""
        self.end()
        self._end, theirs = messages.pair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own
                [*self._command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self.order(*self._first())

    def fileno(self) -> int:
        """Return what is readable when there is a report, or none will come any more."""
        if self._end is None:
            raise OSError("there is no guard")
        return self._end.fileno()

    def use(self, generation: int, tables: bytes) -> None:
        """Let the guard know these tables as this generation's."""
        descriptor = messages.in_memory(tables)
        self.order(messages.UseRules(generation), (descriptor,))
        os.close(descriptor)

    def order(self, order: messages.Order, descriptors: Sequence[int] = ()) -> None:
        """Give an order; to one that has ended, or doesn't listen, it is lost."""
        if self._end is not None:
            with contextlib.suppress(messages.ClosedError):
                self.full += not messages.send(self._end, order, descriptors)

    def reports(self) -> Iterator[messages.Report]:
        """Yield what has come; raise ``ClosedError`` once the guard has ended."""
        if self._end is None:
            raise messages.ClosedError
        while (report := messages.take_report(self._end)) is not None:
            yield report

    def end(self) -> None:
        """End the guard, at once. Harmless when there is none."""
        if self._end is not None:
            self._end.close()
            self._end = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS)
            self._process = None
