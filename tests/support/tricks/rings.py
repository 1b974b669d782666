"""
Ways to make a call without making it, through a ring of io_uring, each a function.

``kernel`` says how they are run. The ring is ``support.uring``, which lies beside this in the
container.
"""

import os
import socket
import struct
from pathlib import Path

import uring

import kernel

FOLDER = "/mnt/secrets"
CREDENTIAL = b"/mnt/secrets/db-password"
METADATA = "169.254.169.254"


def link() -> bytes:
    """Make a symbolic link to the secret, with an innocent name."""
    path = Path.cwd() / "notes"
    path.symlink_to(os.fsdecode(CREDENTIAL))
    return bytes(path)


def opened(told: list[int | None]) -> None:
    """Make sure that the last of the requests was granted."""
    assert told[-1] is not None
    assert told[-1] >= 0, told


def plain() -> None:
    """Open it."""
    opened(uring.Ring().run(uring.openat(link())))


def worker() -> None:
    """Have it opened by a worker of the kernel's."""
    opened(uring.Ring().run(uring.openat(link(), flags=uring.ASYNC)))


def polled() -> None:
    """Ask a thread of the kernel's that looks for requests."""
    opened(uring.Ring(flags=uring.POLLED).run(uring.openat(link())))


def direct() -> None:
    """Open it into a slot of the ring, so that there is no descriptor."""
    opened(uring.Ring(slots=4).run(uring.openat(link(), slot=2)))


def direct_written() -> None:
    """Open a file of its own for writing, into a slot of the ring."""
    path = Path.cwd() / "drafts"
    path.touch()
    opened(uring.Ring(slots=4).run(uring.openat(bytes(path), slot=2, open_flags=os.O_WRONLY)))


def removed() -> None:
    """Try to remove it."""
    uring.Ring().run(uring.submission(uring.UNLINKAT, address=uring.pointer(CREDENTIAL)))


def moved() -> None:
    """Try to move it."""
    old, new = uring.pointer(CREDENTIAL), uring.pointer(FOLDER.encode() + b"/notes")
    fields = {"address": old, "offset": new, "length": uring.AT_FDCWD & 0xFFFFFFFF}
    uring.Ring().run(uring.submission(uring.RENAMEAT, **fields))


def connected() -> None:
    """Connect to the metadata service, where nobody answers."""
    place = struct.pack("=H", socket.AF_INET) + struct.pack(
        "!H4s8x", 80, socket.inet_aton(METADATA)
    )
    with socket.socket() as sender:
        fields = {"address": uring.pointer(place), "offset": len(place)}
        uring.Ring().run(uring.submission(uring.CONNECT, sender.fileno(), **fields))


kernel.main(globals())
