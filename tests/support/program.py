"""The program itself, run as its users run it."""

import contextlib
import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

SECONDS = 60.0  # machines may be busy; only a failure waits this long
ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def command(*words: str) -> list[str]:
    """Return how the program is started with these words."""
    return [sys.executable, "-m", "shikra.app.cli", *words]


def shikra(
    *words: str, timeout_s: float = SECONDS, stdout: IO[str] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*words),
        env=ENVIRONMENT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@contextlib.contextmanager
def fed(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that reads what is written to it."""
    with subprocess.Popen(
        command(*words),
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class Lines:
    """The lines of a pipe, read by a thread as they come."""

    def __init__(self, pipe: IO[str]) -> None:
        """Begin to read."""
        self.seen: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def until(self, wanted: Callable[[str], bool], timeout_s: float = SECONDS) -> str:
        """Return the next line that is wanted; fails when it doesn't come in time."""
        while True:
            try:
                line = self._queue.get(timeout=timeout_s)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError("the line didn't come; seen:\n" + "".join(self.seen))
            self.seen.append(line)
            if wanted(line):
                return line

    def rest(self) -> list[str]:
        """Return the lines that are left, when the program has ended."""
        self._thread.join(SECONDS)
        while (line := self._queue.get(timeout=SECONDS)) is not None:
            self.seen.append(line)
        return self.seen

    def _read(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._queue.put(line)
        self._queue.put(None)


class Running:
    """``shikra run``, watching."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it watches."""
        assert process.stderr is not None
        self.process = process
        self.alerts = Lines(process.stdout or io.StringIO())
        self.messages = Lines(process.stderr)
        self.ready = self.messages.until(lambda line: "watching kernel" in line)

    def metrics(self) -> str:
        """Return the address of its metrics, which it tells after it watches."""
        line = self.messages.until(lambda line: "metrics at" in line)
        return line.split("metrics at ")[1].strip()

    def alert(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next alert that is wanted."""
        found: dict[str, Any] = json.loads(self.alerts.until(lambda line: wanted(json.loads(line))))
        return found

    def stop(self) -> int:
        """Interrupt it; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@contextlib.contextmanager
def started(*words: str, stdout: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """Start a command; the end of the context is its end at the latest."""
    with subprocess.Popen(  # our own program
        command(*words),
        env=ENVIRONMENT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def running(*words: str, stdout: int = subprocess.PIPE) -> Iterator[Running]:
    """
    Run ``shikra run --json`` with these words until the end of the context.

    Others may run beside it, so it can be controlled only where the words say so.
    """
    words = ("-o", "control_socket=", "-o", "state_dir=", "-o", "pin_dir=", *words)
    with started("run", "--json", *words, stdout=stdout) as process:
        yield Running(process)
