"""
Ways to run a program, or to be a process, that hide which; ``kernel`` says how they are run.

Each reads the secret once, most by a ``cat``.
"""

import ctypes
import os
import secrets
import shutil
import sys
import threading
import time
from pathlib import Path

import kernel

CREDENTIAL = "/mnt/secrets/db-password"
CAT = "/usr/bin/cat"
LOADER = "/lib64/ld-linux-x86-64.so.2"
SHELL = "/usr/bin/bash"
CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
PR_SET_NAME = 15
DEPTH = 40


def read() -> None:
    """Read the secret."""
    Path(CREDENTIAL).read_bytes()


def child() -> bool:
    """Fork; the parent waits for the child's end and is told ``False``."""
    pid = os.fork()
    if pid:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return True


def from_memory() -> None:
    """Execute a file that has no name."""
    descriptor = os.memfd_create("app", 0)
    os.write(descriptor, Path(CAT).read_bytes())
    os.execve(descriptor, ["app", CREDENTIAL], {})


def unlinked() -> None:
    """Execute a file that has lost its name."""
    shutil.copy(CAT, "app")
    descriptor = os.open("app", os.O_RDONLY)
    os.unlink("app")
    os.execve(descriptor, ["app", CREDENTIAL], {})


def by_the_loader() -> None:
    """Let the dynamic loader run it."""
    os.execv(LOADER, [LOADER, CAT, CREDENTIAL])


def by_a_link() -> None:
    """Execute a symbolic link with an innocent name."""
    os.symlink(CAT, "python3")
    os.execv("./python3", ["python3", CREDENTIAL])


def renamed_copy() -> None:
    """Execute a copy with an innocent name."""
    shutil.copy(CAT, "python3")
    os.execv("./python3", ["python3", CREDENTIAL])


def no_arguments() -> None:
    """Execute a program without any argument, not even its name."""
    ours, theirs = os.pipe()
    os.write(theirs, f"read x < {CREDENTIAL}; true".encode())
    os.close(theirs)
    os.dup2(ours, 0)
    nothing = (ctypes.c_char_p * 1)(None)
    ctypes.CDLL(None).execve(SHELL.encode(), nothing, nothing)


def from_a_thread() -> None:
    """Execute it from a thread that isn't the process's first."""
    threading.Thread(target=os.execv, args=(CAT, ["cat", CREDENTIAL])).start()
    time.sleep(60)


def renamed() -> None:
    """Take the application's name, while running."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"app", 0, 0, 0)
    read()


def far_descendant() -> None:
    """Read it after many forks."""
    for _ in range(DEPTH):
        child()
    read()


def orphan() -> None:
    """Read it when the container's first process has become the parent."""
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        os.read(ours, 1)  # until the grandchild has ended
        return
    if os.fork():
        os._exit(0)
    while os.getppid() != 1:
        time.sleep(0.001)
    read()


def first_of_a_namespace() -> None:
    """Be the first process of a pid namespace of one's own."""
    kernel.call(kernel.UNSHARE, CLONE_NEWPID)
    child()
    os.execv(CAT, ["cat", CREDENTIAL])


def in_a_container_of_its_own() -> None:
    """Be what a runtime inside this container would start: a cgroup and namespaces of its own."""
    top = Path("/sys/fs/cgroup")
    own = (top / "memory" if (top / "memory").exists() else top) / secrets.token_hex(32)
    own.mkdir()
    kernel.call(kernel.UNSHARE, CLONE_NEWNS | CLONE_NEWPID)
    pid = os.fork()
    if not pid:
        (own / "cgroup.procs").write_text("0")
        os.execv(CAT, ["cat", CREDENTIAL])
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    own.rmdir()
    sys.exit(ended)


kernel.main(globals())
