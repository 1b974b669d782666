"""
Find the file in which a log goes on, after it was rotated.

In: the log's path, and the place up to which it was read or when the file that was read to its end
was written to last. Out: the open file to read next: the log itself, or a file that it was rotated
into and that hasn't been read. Rotation renames the log or copies and truncates it; either way
there is a file beside it with a name made from the log's (``audit.log.1``, ``audit.log-20260131``,
``audit-<time>.log``). Compressed ones aren't read.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from shikra.sources.audit.opened import Key, Opened
from shikra.sources.audit.place import Place

_MAX_FILES = 100  # the newest; each is opened
_COMPRESSED = {".gz", ".xz", ".zst", ".bz2", ".lz4", ".zip"}

Open = Callable[[Path], Opened]


def from_place(path: Path, place: Place, open_: Open) -> Opened | None:
    """Return the file that a place is in; ``None`` if it can't be found."""
    if place.offset == 0:  # nothing tells that file from others, but all that was read is older
        return following(path, place.since_ns, None, open_)
    found = None
    with contextlib.suppress(FileNotFoundError):
        found = _if_holds(open_(path), place)
    for file in _rotated(path, open_):
        if found is None:
            found = _if_holds(file, place)
        else:
            file.close()
    return found


def following(path: Path, since_ns: int, but: Key | None, open_: Open) -> Opened:
    """
    Return the oldest file that was written to after a time, the log if no other was.

    Raises ``OSError`` if there is none. The log is opened first: if it is rotated a moment later,
    it is what was opened.
    """
    log, refused = None, None
    try:
        log = open_(path)
    except OSError as error:
        refused = error
    found = None
    for file in _rotated(path, open_):
        is_known = file.key == but or (log is not None and file.key == log.key)
        if found or is_known or file.is_empty or file.modified_ns <= since_ns:
            file.close()
        else:
            found = file
    if found and log:
        log.close()
    if (result := found or log) is None:
        raise refused or FileNotFoundError
    result.since_ns = since_ns
    return result


def _if_holds(file: Opened, place: Place) -> Opened | None:
    if file.holds(place):
        file.go_to(place.offset)
        return file
    file.close()
    return None


def _rotated(path: Path, open_: Open) -> Iterator[Opened]:
    """Yield each rotated file, the one that was written to first first."""
    try:
        real = path.resolve()
        beside = [file for file in real.parent.iterdir() if _is_rotated(file, real)]
    except OSError:  # a folder that may be passed through, not listed
        return
    for file in sorted(beside, key=_modified_ns)[-_MAX_FILES:]:
        with contextlib.suppress(OSError):
            yield open_(file)


def _modified_ns(file: Path) -> int:
    with contextlib.suppress(OSError):
        return file.stat().st_mtime_ns
    return 0


def _is_rotated(file: Path, log: Path) -> bool:
    """Whether the name is one that the log gets."""
    if file.name == log.name or file.suffix in _COMPRESSED:
        return False
    return file.name.startswith(log.name) or (
        file.name.startswith(f"{log.stem}-") and file.suffix == log.suffix
    )
