"""
Ways to open a file other than by its name, each a function; ``kernel`` says how they are run.

Each opens the secret or the password file once.
"""

import contextlib
import ctypes
import mmap
import os
import struct
import sys
import threading
from pathlib import Path

import kernel

FOLDER = "/mnt/secrets"
CREDENTIAL = "/mnt/secrets/db-password"
SHADOW = "/etc/shadow"
RESOLVE_IN_ROOT = 0x10
MAP_32BIT = 0x40
OPEN_32 = 5
FLIPS = 300
MANY = 50
DEPTH = 60


def read(path: str, directory: int | None = None) -> bytes:
    """Open a file and read it."""
    descriptor = os.open(path, os.O_RDONLY, dir_fd=directory)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def link_to_the_file() -> None:
    """Open a symbolic link."""
    Path("link").symlink_to(CREDENTIAL)
    read("/srv/link_to_the_file/link")


def link_to_a_directory() -> None:
    """Open through a symbolic link and ``..``, which leads to the link's target's parent."""
    Path("link").symlink_to(f"{FOLDER}/..data")
    read("/srv/link_to_a_directory/link/../db-password")


def hard_link() -> None:
    """Give the password file another name."""
    Path("notes").hardlink_to(SHADOW)
    read("/srv/hard_link/notes")
    Path("notes").unlink()


def moved_file() -> None:
    """Move the password file away."""
    Path(SHADOW).rename("notes")
    try:
        read("/srv/moved_file/notes")
    finally:
        Path("notes").rename(SHADOW)


def relative() -> None:
    """Go there first."""
    os.chdir(FOLDER)
    read("db-password")


def below_a_descriptor() -> None:
    """Name it from an open directory."""
    read("secrets/db-password", os.open("/mnt", os.O_RDONLY))


def rooted_at_a_descriptor() -> None:
    """Make an open directory the root of an absolute name."""
    how = ctypes.create_string_buffer(struct.pack("3Q", 0, 0, RESOLVE_IN_ROOT))
    mnt = os.open("/mnt", os.O_RDONLY)
    kernel.call(kernel.OPENAT2, mnt, b"/../secrets/db-password", how, 24)


def own_root() -> None:
    """Name it from this process's root."""
    read(f"/proc/self/root{CREDENTIAL}")


def first_process_root() -> None:
    """Name it from another process's root."""
    read(f"/proc/1/root{CREDENTIAL}")


def own_directory() -> None:
    """Name it from where this process is."""
    os.chdir(FOLDER)
    read("/proc/self/cwd/db-password")


def own_descriptor() -> None:
    """Name it from an open directory, by /proc."""
    read(f"/proc/self/fd/{os.open('/mnt', os.O_RDONLY)}/secrets/db-password")


def reopened() -> None:
    """Open it for nothing, then open that for reading."""
    read(f"/proc/self/fd/{os.open(CREDENTIAL, os.O_PATH)}")


def call_of_32_bit() -> None:
    """Open it by a call of the 32-bit table, from this 64-bit process."""
    low = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT  # pointers have 32 bits
    code = mmap.mmap(-1, 4096, low, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # push rbx; mov eax, edi; mov ebx, esi; xchg edx, ecx; int 0x80; pop rbx; ret
    code.write(bytes.fromhex("53 89f8 89f3 87ca cd80 5b c3"))
    at = ctypes.addressof(ctypes.c_char.from_buffer(code))
    name = CREDENTIAL.encode() + b"\0"
    code.write(name)
    enter = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_uint] * 4)(at)
    descriptor = enter(OPEN_32, at + code.tell() - len(name), os.O_RDONLY, 0)
    os.read(descriptor, 64)


def far_below() -> None:
    """Write a file of which the name is too long to be walked, by a relative name."""
    os.chdir("/etc")
    for _ in range(DEPTH):
        os.mkdir("d")
        os.chdir("d")
    Path("file").write_text("x")


def handle() -> None:
    """Open it by what the file system calls it."""
    size = 128
    buffer = ctypes.create_string_buffer(struct.pack("Ii", size, 0), size + 8)
    mount_id = ctypes.create_string_buffer(4)
    name = os.path.realpath(CREDENTIAL).encode()
    kernel.call(kernel.NAME_TO_HANDLE_AT, kernel.AT_FDCWD, name, buffer, mount_id, 0)
    folder = os.open("/mnt/secrets", os.O_RDONLY)
    kernel.call(kernel.OPEN_BY_HANDLE_AT, folder, buffer, os.O_RDONLY)


def other_root() -> None:
    """Make the directory above it the root."""
    os.chroot("/mnt")
    read("/secrets/db-password")


def removed_below_another_root() -> None:
    """Make the directory above it the root, and try to remove it there."""
    os.chroot("/mnt")
    with contextlib.suppress(OSError):  # the secrets are read-only
        os.unlink("/secrets/../secrets/db-password")


def flipped() -> None:
    """Swap the name in memory while the kernel reads it; print how often the secret was got."""
    path = ctypes.create_string_buffer(CREDENTIAL.encode())
    names = (path.raw, b"/etc/hostname".ljust(len(path), b"\0"))
    is_over = threading.Event()

    def flip() -> None:
        while not is_over.is_set():
            for name in names:
                ctypes.memmove(path, name, len(name))

    sys.setswitchinterval(1e-6)
    flipper = threading.Thread(target=flip)
    flipper.start()
    got = 0
    rounds = 0
    while rounds < FLIPS or (not got and rounds < MANY * FLIPS):  # a busy machine swaps seldom
        rounds += 1
        try:
            descriptor = kernel.call(kernel.OPENAT, kernel.AT_FDCWD, path, os.O_RDONLY)
        except OSError:  # the name was half of each
            continue
        got += b"s3cret" in os.read(descriptor, 64)
        os.close(descriptor)
    is_over.set()
    flipper.join()
    sys.stdout.write(str(got))


kernel.main(globals())
