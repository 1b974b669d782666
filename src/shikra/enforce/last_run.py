"""
Notice at a start that the Shikra before it ended without being asked to.

In: a folder that one Shikra at a time may have. Out: a mark in it for as long as Shikra runs,
which is touched now and then, so that whoever finds one knows when there was still somebody. What
was asked to end takes its mark along.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shikra.enforce import memory

SECOND_NS = 1_000_000_000
FILE = "running.json"
_MAX_BYTES = 4096


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A Shikra that runs."""

    boot: str  # of which start of the machine
    pid: int
    began_ns: int  # since the epoch
    enforcing: int = 0  # rules that acted when this was written


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A Shikra that doesn't run any more, and wasn't asked to end."""

    mark: Mark | None  # None: it is damaged
    alive_ns: int  # when it last ran, since the epoch
    seconds: float  # since then
    is_same_boot: bool


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Have a folder alone for as long as the block lasts; ``False`` if another has it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise memory.CannotRememberError(f"{folder}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def find(folder: Path, boot: str, now_ns: int) -> Ended | None:
    """Return what ended and left its mark."""
    path = folder / FILE
    try:
        alive_ns = path.stat().st_mtime_ns
        data = path.read_bytes()[:_MAX_BYTES]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise memory.CannotRememberError(f"{path}: {error.strerror}") from error
    try:
        mark = msgspec.json.decode(data, type=Mark)
    except msgspec.DecodeError:
        mark = None
    return Ended(
        mark=mark,
        alive_ns=alive_ns,
        seconds=max(0, now_ns - alive_ns) / SECOND_NS,
        is_same_boot=mark is not None and mark.boot == boot,
    )


def write(folder: Path, mark: Mark) -> None:
    """Mark that one runs."""
    memory.replace(folder / FILE, msgspec.json.encode(mark))


def touch(folder: Path, now_ns: int) -> None:
    """Say that it still does."""
    with contextlib.suppress(OSError):  # a mark that is gone, or can't be had, says less
        os.utime(folder / FILE, ns=(now_ns, now_ns))


def remove(folder: Path) -> None:
    """Take the mark away: it ends as it was asked to."""
    with contextlib.suppress(OSError):
        (folder / FILE).unlink()
