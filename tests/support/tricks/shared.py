"""
Ways to get at a file that somebody else opens, or that lies below something else.

Each prints what it got, a byte string or a number of times; ``kernel`` says how they are run.
"""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import mounts

import kernel

CREDENTIAL = "/mnt/secrets/db-password"
APPLICATION = "/srv/application"
CLONE, CLONE_FILES = 56, 0x400
MS_REMOUNT = 0x20
TRIES = 300
MANY = 10_000
SLOWLY = 1_000
SPARE = range(3, 12)
"""Descriptors that an open may get."""


def told(got: object) -> None:
    """Print it."""
    os.write(1, f"{got}\n".encode())


def tried(times: int) -> int:
    """Open the secret again and again; return how often that was granted."""
    granted = 0
    for _ in range(times):
        try:
            os.close(os.open(CREDENTIAL, os.O_RDONLY))
            granted += 1
        except PermissionError:
            pass
    return granted


def guess(until: float) -> None:
    """Read from whatever descriptor there is, and print what that gives."""
    while time.monotonic() < until:
        for number in SPARE:
            try:
                found = os.pread(number, 64, 0)
            except OSError:
                continue
            if found.startswith(b"s3cret"):
                os.write(1, found)
                return


def by_a_thread() -> None:
    """Have another thread guess the descriptor."""
    guessing = threading.Thread(target=guess, args=(time.monotonic() + 2,))
    guessing.start()
    told(tried(TRIES))
    guessing.join()


def by_a_process() -> None:
    """Have another process guess that has the same descriptors."""
    child = kernel.call(CLONE, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        guess(time.monotonic() + 2)
        os._exit(0)
    told(tried(TRIES))
    os.waitpid(child, 0)


def many() -> None:
    """Try ten thousand times in a row."""
    told(tried(MANY))


def tried_for_long() -> None:
    """Try for as long as a reload takes, with a name for each time that it is done."""
    place = Path.cwd()
    granted = 0
    for _ in range(SLOWLY):
        granted += tried(1)
        time.sleep(0.001)  # a flood of refusals would hold up what is waited for
    told(granted)
    os.chdir("/")
    place.rmdir()


def below_an_overlay() -> None:
    """Mount an overlay over the secrets, and read through it."""
    mounts.leave()
    mounts.mount("none", "/srv/below_an_overlay", 0, "tmpfs")
    for name in ("upper", "work"):
        Path("/srv/below_an_overlay", name).mkdir()
    options = b"lowerdir=/mnt/secrets,upperdir=/srv/below_an_overlay/upper"
    options += b",workdir=/srv/below_an_overlay/work"
    kernel.call(mounts.MOUNT, b"overlay", b"/mnt/secrets", b"overlay", 0, options)
    told(Path(CREDENTIAL).read_bytes())


def below_a_folder() -> None:
    """Mount one of the volume's folders elsewhere."""
    folder = os.path.realpath("/mnt/secrets/..data")
    with mounts.bound(folder, "elsewhere"):
        told(Path("/srv/below_a_folder/elsewhere/db-password").read_bytes())


def by_a_hard_link() -> None:
    """Give the secret another name in its volume, which is made writable for that."""
    mounts.leave()
    mounts.mount("none", "/mnt/secrets", MS_REMOUNT | mounts.MS_BIND)
    link = Path("/mnt/secrets/notes")
    link.hardlink_to(os.path.realpath(CREDENTIAL))
    try:
        told(link.read_bytes())
    finally:
        link.unlink()


def _asked(order: bytes) -> socket.socket:
    """Ask the application for something."""
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(APPLICATION)
    asking.send(order)
    return asking


def passed() -> None:
    """Let the application open it and hand the descriptor over."""
    _, (handed, *_), _, _ = socket.recv_fds(_asked(b"p"), 1, 1)
    told(os.read(handed, 64))


def inherited() -> None:
    """Let the application start a program that has the descriptor from it."""
    told(_asked(b"i").recv(64))


if __name__ == "__main__":
    kernel.main(globals())
