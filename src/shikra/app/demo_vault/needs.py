"""
What the demonstration needs of a machine, and what of it is missing.

In: the machine. Out: the paths of what there is, or a ``MissingError`` that names what to do.
"""

import os
import shutil
import sys
from pathlib import Path

import msgspec

PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are, whatever the environment says: sudo's has no /usr/sbin in it."""


class MissingError(Exception):
    """Something is missing; says what, and how to get it."""


class Means(msgspec.Struct, frozen=True):
    """What there is."""

    runc: str
    python: Path  # a real interpreter, not a virtual environment's link to it
    prefix: Path  # and where its library is


def look() -> Means:
    """Return what there is; raise MissingError if it isn't all there."""
    if sys.platform != "linux":
        raise MissingError(f"containers and eBPF are Linux's, and this is {sys.platform}")
    if os.geteuid() != 0:
        raise MissingError("making a container and watching it takes root: start it with sudo")
    places = os.pathsep.join((os.environ.get("PATH", ""), *PLACES))
    runc = shutil.which("runc", path=places)
    if runc is None:
        raise MissingError(
            "runc is missing, which makes the container. It comes with containerd and Docker;"
            " on Debian and Ubuntu: apt-get install runc"
        )
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    return Means(runc, python, Path(sys.base_prefix).resolve())
