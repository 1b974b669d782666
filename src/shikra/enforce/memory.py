"""
Remember over a restart since when rules soak, in a file of root's alone.

In: a path, and times by rule. Out: the same at the next start. Written beside and renamed, so it
is never half there. What can't be read is told by an exception: rules soak again, then.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

_OWNER_ALONE = 0o600


class CannotRememberError(Exception):
    """The file can't be read or written; says why."""


def read(path: Path) -> Mapping[str, int]:
    """Return what was written last; nothing where nothing was."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise CannotRememberError(f"{path}: {_why(error)}") from error


def write(path: Path, since_ns: Mapping[str, int]) -> None:
    """Take the place of what was written before."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(since_ns))
        beside.replace(path)
    except OSError as error:
        raise CannotRememberError(f"{path}: {_why(error)}") from error


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
