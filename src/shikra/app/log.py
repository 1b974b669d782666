"""
The program's own messages, on standard error.

A thread of its own writes them, from a bounded queue, so that a full pipe never holds up the
sensor. What an event or a file's author wrote into a message is escaped like everywhere else.
"""

import contextlib
import logging
import logging.handlers
import os
import queue
from collections.abc import Iterator

from shikra.alerts import escape
from shikra.alerts.outputs.descriptor import LineWriter

STANDARD_ERROR = 2
CAPACITY = 1_000
FLUSH_SECONDS = 1.0


class _Layout(logging.Formatter):
    """``shikra: message``, with the level named from warnings up."""

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower()}: " if record.levelno > logging.INFO else ""
        lines = [escape.escape(line) for line in super().format(record).split("\n")]
        return f"shikra: {level}" + "\n    ".join(lines)


class _Descriptor(logging.Handler):
    """
    Writes without locks: a write that never returns would hold them at the program's end.

    The listener's thread alone calls it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._writer = LineWriter()

    def createLock(self) -> None:  # noqa: N802  the name is the library's
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        self.emit(record)  # the library's takes the lock from Python 3.13 on
        return True

    def emit(self, record: logging.LogRecord) -> None:
        self._writer.write(STANDARD_ERROR, self.format(record))


class _Enqueue(logging.handlers.QueueHandler):
    """Hands over a message, or lets it go when nobody takes messages any more."""

    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


@contextlib.contextmanager
def to_standard_error(level: int = logging.INFO) -> Iterator[None]:
    """Write messages of this level and above while the context is open."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it would write beside us, unescaped
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(CAPACITY)
    handler = _Descriptor()
    handler.setFormatter(_Layout())
    listener = logging.handlers.QueueListener(waiting, handler)
    enqueue = _Enqueue(waiting)
    root = logging.getLogger()
    root.addHandler(enqueue)
    root.setLevel(logging.WARNING)  # of the libraries
    logging.getLogger("shikra").setLevel(level)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(enqueue)
        _stop(listener)


def _stop(listener: logging.handlers.QueueListener) -> None:
    """Write what waits, but not for ever: whoever reads may have stopped reading."""
    thread = listener._thread  # noqa: SLF001  its own stop() has no timeout
    with contextlib.suppress(queue.Full):
        listener.enqueue_sentinel()
    if thread is not None:
        thread.join(FLUSH_SECONDS)
