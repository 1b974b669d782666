"""
A file that is opened to be executed: whether a process becomes it, and what its path is then.

In: the file by a descriptor that the kernel made of the open, mount and all. Out: how the path of
the process's executable may read then, as the probe would have it: through whichever mount and
link it was reached. None if the process wouldn't become this file, as far as is sure: of a script
it becomes the interpreter, which is asked about by itself where it lies in a guarded volume.

Limits. What begins like a program of this machine is one. The loader that a program asks for
(``PT_INTERP``) is opened the same way, so it is taken for a program. Who makes a program of a
script after it was looked at, and before the kernel reads it, has it executed: only what is sure
is refused.
"""

import os
import platform
import stat
import struct

_MAGIC = b"\x7fELF"
_HEADER = struct.Struct("<4s14xH")  # of elf(5): up to the machine
_MACHINES = {"x86_64": (62, 3), "aarch64": (183, 40)}
"""What is executed without an emulator, by the machine: its own, and what has 32 bits."""

_DELETED = b" (deleted)"  # or a name that ends so


def readings(file: int, status: os.stat_result) -> tuple[bytes, ...]:
    """Return how the executable's path may read: two where its name may be gone."""
    if not stat.S_ISREG(status.st_mode) or not _is_program(file):
        return ()
    path = os.readlink(b"/proc/self/fd/%d" % file)  # noqa: PTH115  it is quicker
    return (path, path.removesuffix(_DELETED)) if path.endswith(_DELETED) else (path,)


def _is_program(file: int) -> bool:
    header = os.pread(file, _HEADER.size, 0)
    if len(header) < _HEADER.size:
        return False
    magic, machine = _HEADER.unpack(header)
    return magic == _MAGIC and machine in _MACHINES.get(platform.machine(), ())
