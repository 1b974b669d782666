"""
Remember over a restart what was decided of modes, in a file of root's alone.

In: a path, and what was set, braked, and since when rules soak. Out: the same at the next start.
Written beside and renamed, so it is never half there, and never larger than a bound. What can't be
read, or is of another version, is told by an exception: whoever asks takes the weakest, then.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shikra.enforce.modes import Modes

MAX_BYTES = 1 << 20
_VERSION = 1
_OWNER_ALONE = 0o600


class CannotRememberError(Exception):
    """The file can't be read or written; says why."""


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What the next start needs to know."""

    version: int = _VERSION
    said: Modes = Modes()  # over the control socket
    configured: Modes = Modes()  # what the configuration said then
    braked: frozenset[str] = frozenset()  # rules
    soaked_ns: Mapping[str, int] = {}  # since when rules soak, by name


def read(path: Path) -> Remembered:
    """Return what was written last; nothing where nothing was."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        _bound(path, data)
        found = msgspec.json.decode(data, type=Remembered)
    except FileNotFoundError:
        return Remembered()
    except (OSError, msgspec.DecodeError) as error:
        raise CannotRememberError(f"{path}: {_why(error)}") from error
    if found.version != _VERSION:
        raise CannotRememberError(f"{path}: of version {found.version}, expected {_VERSION}")
    return found


def write(path: Path, what: Remembered) -> None:
    """Take the place of what was written before."""
    replace(path, _bound(path, msgspec.json.encode(what)))


def replace(path: Path, data: bytes) -> None:
    """Write a file that is there as a whole, or as it was before."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        beside.replace(path)
    except OSError as error:
        raise CannotRememberError(f"{path}: {_why(error)}") from error


def _bound(path: Path, data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise CannotRememberError(f"{path}: more than {MAX_BYTES} bytes")
    return data


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
