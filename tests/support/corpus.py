"""
Things done for real, the same each time: files opened, programs run, connections tried.

Run as a program by root: ``corpus.py ROOT CGROUP`` enters the cgroup, makes the folder its root
and goes on as a user of no name. ``make`` prepares the folder. Names are those that generated rules
ask for.
"""

import contextlib
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

USER = 54_321
PROGRAMS = ("/bin/a", "/bin/ab", "/bin/sh")
FILES = ("/a/b/c", "/ab", "/etc/shadow")
NAMES = (
    *("/", "/a", "/a/b", "/a/b/c", "/ab", "/A/B", "/etc/shadow", "a", "ab", "a/../etc/shadow"),
    *("/link", "/dots/b", "/\udcff"),
)
FLAGS = (
    os.O_RDONLY,
    os.O_WRONLY,
    os.O_RDWR,
    os.O_WRONLY | os.O_CREAT,
    os.O_RDONLY | os.O_DIRECTORY,
)
CHANGES: tuple[tuple[Any, ...], ...] = (
    *((os.mkdir, "/A"), (os.mkdir, "/a"), (os.mkdir, "/absent/a"), (os.chmod, "/A", 0o700)),
    *((os.symlink, "/a/b", "/A/B"), (os.symlink, "a", "/A/ab"), (os.symlink, "/ab", "/a/b")),
    *((os.link, "/ab", "/A/b"), (os.link, "/a/b/c", "/etc/shadow"), (os.link, "/absent", "/A/a")),
    *((os.rename, "/A/B", "/A/b"), (os.rename, "/A/b", "/a"), (os.rename, "/absent", "/A/B")),
    *((os.chmod, "/A/ab", 0o777), (os.chmod, "/etc/shadow", 0o4777), (os.truncate, "/ab", 0)),
    *((os.unlink, "/A/ab"), (os.unlink, "/A/b"), (os.unlink, "/A/B"), (os.unlink, "/etc/shadow")),
    *((os.rmdir, "/a"), (os.rmdir, "/A"), (os.kill, 0, 0), (os.setresuid, 0, 0, 0)),
)
ENDS = (("1.0.0.1", 80), ("1.0.0.2", 1000), ("127.0.0.1", 80), ("::1", 80))


def make(root: Path) -> None:
    """Prepare the folder."""
    busybox = shutil.which("busybox")
    assert busybox is not None
    for name in (*PROGRAMS, *FILES):
        (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        shutil.copy(busybox, root / name[1:])
    for name in FILES:
        (root / name[1:]).touch(0o666)
    (root / "link").symlink_to("/a/b/c")
    (root / "dots").symlink_to("a")
    root.chmod(0o777)


def main(root: str, cgroup: str) -> None:
    """Do everything, once."""
    sockets = [socket.socket(_family(end), socket.SOCK_DGRAM) for end in ENDS]
    Path(cgroup, "cgroup.procs").write_text("0")
    os.chroot(root)
    os.chdir("/")
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    opens()
    changes()
    for end, one in zip(ENDS, sockets, strict=True):
        with contextlib.suppress(OSError):
            one.connect(end)
        with contextlib.suppress(OSError):
            one.sendto(b"x", end)
    for program in PROGRAMS:
        for line in (
            ": < /a/b/c; : < /ab",
            "/bin/ab sh -c ': < /etc/shadow' a 'a b'; /bin/sh -c 'a'",
        ):
            ran(program, "sh", "-c", line, "a")
        ran(program, "a", "b")
    if os.fork() == 0:  # a process that executed nothing itself
        opens()
        os._exit(0)
    os.wait()


def opens() -> None:
    """Open every name in every way."""
    for name in NAMES:
        for flags in FLAGS:
            with contextlib.suppress(OSError):
                os.close(os.open(name, flags))


def changes() -> None:
    """Make, link, move, change and remove files, and leave all as it was; and other calls."""
    for do, *words in CHANGES:
        with contextlib.suppress(OSError):
            do(*words)
    os.close(os.memfd_create("a"))
    os.close(os.dup(1))


def ran(*words: str) -> None:
    """Run a program to its end; the first word is its path, the second what it is told to be."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            os.execve(words[0], words[1:], {})  # noqa: S606  what it is for
        os._exit(1)
    os.waitpid(child, 0)


def _family(end: tuple[str, int]) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in end[0] else socket.AF_INET


if __name__ == "__main__":
    main(*sys.argv[1:])
