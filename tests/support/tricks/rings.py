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
READ, WRITE = 22, 23
FIXED_FILE = 1  # flag of a submission: its descriptor is a slot
LENGTH = len("s3cret")  # what is shorter than asked for breaks the chain


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


def chained(flags: int = 0, ring_flags: int = 0, slot: int = 0) -> None:
    """Open it, read it and print it at one go, nothing of it by this process itself."""
    ring = uring.Ring(flags=ring_flags, slots=slot)
    spare = os.dup(0)
    os.close(spare)
    room = uring.pointer(bytes(LENGTH))
    source = {"fd": slot - 1, "flags": uring.LINK | FIXED_FILE} if slot else {"fd": spare}
    read = {"address": room, "length": LENGTH, "flags": uring.LINK, **source}
    told = ring.run(
        uring.openat(CREDENTIAL, flags=uring.LINK | flags, slot=slot),
        uring.submission(READ, **read),
        uring.submission(WRITE, 1, address=room, length=LENGTH),
    )
    opened(told[:1])


def chained_by_the_submitter() -> None:
    """Have it done as far as can be when it is asked for."""
    chained()


def chained_by_a_worker() -> None:
    """Have a worker do it."""
    chained(flags=uring.ASYNC)


def chained_by_a_poller() -> None:
    """Have the thread do it that looks for requests."""
    chained(ring_flags=uring.POLLED)


def chained_in_a_slot() -> None:
    """Do it without any descriptor."""
    chained(slot=1)


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
