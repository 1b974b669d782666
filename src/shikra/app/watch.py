"""
Notice that files changed, however they were changed.

In: paths of files and folders. Out: a fingerprint that differs when any file's content may differ.
Paths are resolved anew each time, so a folder that is swapped by a symbolic link, as a mounted
ConfigMap's is, shows. Asking again and again needs no kernel watch, which a swap would lose.
"""

import os
from collections.abc import Iterable
from pathlib import Path

Fingerprint = frozenset[tuple[str, tuple[int, ...]]]


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Return what identifies the state of these files, and of the folders' entries."""
    return frozenset((str(path), _state(path)) for root in paths for path in _with_entries(root))


def _with_entries(root: Path) -> list[Path]:
    try:
        return [root, *(Path(entry.path) for entry in os.scandir(root))]
    except OSError:  # a file, or nothing there
        return [root]


def _state(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    if not path.is_file():
        return (status.st_dev, status.st_ino)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Settled:
    """Reports a change once it has lasted: a file that is being written changes again."""

    def __init__(self, now: Fingerprint) -> None:
        """Begin with the state that is loaded."""
        self._loaded = now
        self._last = now

    def is_changed(self, now: Fingerprint) -> bool:
        """Whether this state is new and was seen the last time too; if so it counts as loaded."""
        is_new = now == self._last != self._loaded
        self._last = now
        if is_new:
            self._loaded = now
        return is_new
