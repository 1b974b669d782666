"""Whole lines on descriptors that are slow, full or closed."""

import os
import resource
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.alerts.outputs.descriptor import LineWriter
from shikra.model.outcome import Done, Refused, Retry


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Make a pipe: where to read and where to write."""
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        try:
            os.close(fd)
        except OSError:
            continue  # the test closed it


def test_a_line_longer_than_the_pipe_arrives_whole(pipe: tuple[int, int]) -> None:
    """A write that the pipe takes in pieces is one line for the reader, also without waiting."""
    reading, writing = pipe
    os.set_blocking(writing, False)
    line = "x" * 300_000
    received = bytearray()

    def read() -> None:
        while not received.endswith(b"\n"):
            received.extend(os.read(reading, 65_536))

    reader = threading.Thread(target=read)
    reader.start()
    assert LineWriter().write(writing, line) == Done()
    reader.join()
    assert received.decode() == line + "\n"


def test_a_closed_pipe_is_refused(pipe: tuple[int, int]) -> None:
    """Nobody reads any more: the answer is final and says why."""
    reading, writing = pipe
    os.close(reading)
    assert LineWriter().write(writing, "line") == Refused("Broken pipe")


def test_a_full_disk_is_worth_another_try() -> None:
    """No room now may be room later."""
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        assert LineWriter().write(fd, "line") == Retry("No space left on device")
    finally:
        os.close(fd)


@pytest.fixture
def smallest_files() -> Iterator[None]:
    """Let no file of this process grow past ten bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("smallest_files")
def test_a_line_that_was_cut_is_ended_before_the_next(tmp_path: Path) -> None:
    """After a partial write the line comes again, whole and on a line of its own."""
    path = tmp_path / "alerts"
    writer = LineWriter()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        assert writer.write(fd, "0123456789abc") == Retry("File too large")
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (100, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        )
        assert writer.write(fd, "0123456789abc") == Done()
        assert writer.write(fd, "next") == Done()
    finally:
        os.close(fd)
    assert path.read_text().splitlines() == ["0123456789", "0123456789abc", "next"]
