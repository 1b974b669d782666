"""
System calls that Python has no function for, as the tricks beside this need them.

A program of tricks is run inside a container as ``python3 /tricks/<family>.py <trick>``, and
``main`` runs the function of that name.
"""

import ctypes
import os
import sys
from collections.abc import Mapping
from typing import Any

AT_FDCWD = -100
OPENAT, OPENAT2 = 257, 437
UNSHARE = 272
SENDMMSG = 307
NAME_TO_HANDLE_AT, OPEN_BY_HANDLE_AT = 303, 304

_libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    """Make a system call; raise ``OSError`` where it fails."""
    values = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *values))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def main(tricks: Mapping[str, Any]) -> None:
    """Do the trick that is named on the command line, in a directory of its own."""
    trick = sys.argv[1]
    place = f"/srv/{trick}"
    os.mkdir(place)
    os.chdir(place)
    tricks[trick]()
