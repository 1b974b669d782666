"""
Ways to see a file at another place, each a function; ``kernel`` says how they are run.

Each reads the secret once, and what it mounts where others see it, it unmounts.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import kernel

FOLDER = "/mnt/secrets"
CREDENTIAL = "/mnt/secrets/db-password"
MOUNT, UMOUNT2, PIVOT_ROOT = 165, 166, 155
OPEN_TREE, MOVE_MOUNT = 428, 429
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
MNT_DETACH = 2
CLONE_NEWNS = 0x20000
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 1, 4


def mount(source: str, target: str, flags: int, kind: str = "none") -> None:
    """Mount."""
    kernel.call(MOUNT, source.encode(), target.encode(), kind.encode(), flags, 0)


@contextlib.contextmanager
def bound(source: str, target: str) -> Iterator[None]:
    """See a file or a directory at another place too, until the block ends."""
    if Path(source).is_dir():
        Path(target).mkdir()
    else:
        Path(target).touch()
    mount(source, target, MS_BIND | MS_REC)
    try:
        yield
    finally:
        kernel.call(UMOUNT2, target.encode(), MNT_DETACH)


def leave() -> None:
    """Go into a mount namespace of one's own, of which nobody else hears."""
    kernel.call(kernel.UNSHARE, CLONE_NEWNS)
    mount("none", "/", MS_REC | MS_PRIVATE)


def read(path: str) -> None:
    """Read a file."""
    Path(path).read_bytes()


def bound_directory() -> None:
    """Mount the secrets elsewhere."""
    with bound(FOLDER, "elsewhere"):
        read("/srv/bound_directory/elsewhere/db-password")


def bound_parent() -> None:
    """Mount the directory above the secrets elsewhere, with them."""
    with bound("/mnt", "elsewhere"):
        read("/srv/bound_parent/elsewhere/secrets/db-password")


def bound_file() -> None:
    """Mount the secret itself over an innocent file."""
    with bound(CREDENTIAL, "notes"):
        read("/srv/bound_file/notes")


def bound_below_root() -> None:
    """Mount a part of the container's own file system elsewhere."""
    with bound("/etc", "elsewhere"):
        read("/srv/bound_below_root/elsewhere/shadow")


def detached() -> None:
    """Take a copy of the mount that is attached nowhere."""
    flags = OPEN_TREE_CLONE | os.O_CLOEXEC
    tree = kernel.call(OPEN_TREE, kernel.AT_FDCWD, FOLDER.encode(), flags)
    os.close(os.open("db-password", os.O_RDONLY, dir_fd=tree))


def attached_elsewhere() -> None:
    """Take a copy of the mount and attach it elsewhere, in a namespace of one's own."""
    leave()
    tree = kernel.call(OPEN_TREE, kernel.AT_FDCWD, FOLDER.encode(), OPEN_TREE_CLONE)
    Path("elsewhere").mkdir()
    kernel.call(MOVE_MOUNT, tree, b"", kernel.AT_FDCWD, b"elsewhere", MOVE_MOUNT_F_EMPTY_PATH)
    read("/srv/attached_elsewhere/elsewhere/db-password")


def moved() -> None:
    """Move the mount, in a namespace of one's own."""
    leave()
    Path("elsewhere").mkdir()
    mount(FOLDER, "elsewhere", MS_MOVE)
    read("/srv/moved/elsewhere/db-password")


def renamed_mount_point() -> None:
    """Rename the directory that the secrets are mounted at, from where they aren't mounted."""
    away = "/mnt/notes"
    ours, theirs = os.pipe()
    if os.fork() == 0:
        leave()
        kernel.call(UMOUNT2, FOLDER.encode(), MNT_DETACH)
        Path(FOLDER).rename(away)
        os.write(theirs, b"x")
        os._exit(0)
    os.read(ours, 1)
    try:
        read(f"{away}/db-password")
    finally:
        if os.fork() == 0:
            leave()
            kernel.call(UMOUNT2, away.encode(), MNT_DETACH)
            Path(away).rename(FOLDER)
            os._exit(0)
        os.wait()


def renamed_directory() -> None:
    """Rename a directory that rules name, and write in it."""
    away = Path("/var/spool/notes")
    Path("/var/spool/cron").rename(away)
    try:
        (away / "root").write_text("x")
    finally:
        away.rename("/var/spool/cron")


def same_place() -> None:
    """Read it under its own name, in a namespace of one's own."""
    leave()
    read(CREDENTIAL)


def other_tree() -> None:
    """Make another directory the root of everything, in a namespace of one's own."""
    leave()
    Path("root").mkdir()
    mount("tmpfs", "root", 0, "tmpfs")
    for name in ("old", "data"):
        Path("root", name).mkdir()
    mount(FOLDER, "root/data", MS_BIND)
    kernel.call(PIVOT_ROOT, b"root", b"root/old")
    os.chdir("/")
    kernel.call(UMOUNT2, b"/old", MNT_DETACH)
    read("/data/db-password")


if __name__ == "__main__":
    kernel.main(globals())
