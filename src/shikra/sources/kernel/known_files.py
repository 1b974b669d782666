"""
Know the files and directories that rules name by their inodes, container by container.

In: paths, containers as they start and end. Out: the names of a file, and the same knowledge in
the probe's map, so that it lets a call on such a file through. A hard link has the inode of the
file, and so has the file once it was moved.

Paths are looked up in a thread of its own, since a file system may keep whoever asks it waiting,
and again from time to time, since files are replaced. A directory stays known by the inode that it
had first, since who renames it may put another one in its place. When something was renamed in a
container that may have been such a directory, the probe looks at every name there more closely
until it is seen that all directories and mounts are where they were. What is found is used to
find, never to exclude.
"""

import contextlib
import os
import queue
import stat
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from shikra.sources.kernel import identify, libbpf, probe, rooted, state

REFRESH_SECONDS = 30.0
MAX_PATHS = 512  # of one rule set; no pack comes near

_KEY = struct.Struct("<3Q")  # struct known_file


class File(msgspec.Struct, frozen=True):
    """A file of a container, as the probe knows it."""

    container: int
    device: int
    inode: int


class Told(Protocol):
    """What the probe knows of containers."""

    def first(self, key: int) -> state.FirstProcess | None:
        """Return what it keeps of a container's first process."""
        ...


class _Found(msgspec.Struct, frozen=True):
    files: Mapping[bytes, File]  # by path
    directories: Mapping[bytes, File]  # those among them, and where they were at first


_NOTHING = _Found({}, {})


class KnownFiles:
    """Which file has which names."""

    def __init__(
        self,
        loaded: probe.Probe,
        told: Told,
        identified: Callable[[int], identify.Identity],
        mounts_stayed: Callable[[int], bool],
    ) -> None:
        """Know nothing; ``start`` must follow, and ``close``."""
        self._probe = loaded
        self._told = told
        self._map = loaded.map("known_files")
        self._identified = identified
        self._mounts_stayed = mounts_stayed
        self._paths: tuple[bytes, ...] = ()
        self._names: dict[File, tuple[bytes, ...]] = {}
        self._first_pids: dict[int, int] = {}
        self._found: dict[int, _Found] = {}  # in each container
        self._work: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="known files", daemon=True)
        self.unknown = 0  # files for which there was no room, and looks that were refused

    def start(self) -> None:
        """Look up what is asked for from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking; one look may still be under way."""
        self._work.put(None)
        self._thread.join(1)

    def name(self, paths: Iterable[bytes]) -> None:
        """Look for these paths and no others, in every container."""
        self._paths = tuple(sorted(paths))[:MAX_PATHS]
        for key in tuple(self._first_pids):
            self._work.put(key)

    def began(self, key: int, pid: int) -> None:
        """Look in a container, at what its first process sees."""
        self._first_pids[key] = pid
        self._work.put(key)

    def ended(self, key: int) -> None:
        """Forget a container."""
        self._first_pids.pop(key, None)
        self._work.put(key)

    def names(self, file: File) -> tuple[bytes, ...]:
        """Return by which of the paths a file is known."""
        return self._names.get(file, ())

    def _run(self) -> None:
        while True:
            try:
                keys = [self._work.get(timeout=REFRESH_SECONDS)]
            except queue.Empty:
                keys = list(self._first_pids)
            for key in keys:
                if key is None:
                    return
                try:
                    self._look(key)
                except libbpf.LibbpfError:  # the kernel refuses to be asked
                    self.unknown += 1

    def _look(self, key: int) -> None:
        """Bring what is known of a container up to date."""
        pid, first = self._first_pids.get(key), self._told.first(key)
        before = self._found.pop(key, _NOTHING)
        found = _NOTHING if pid is None else self._find(key, pid, before)
        if found is not _NOTHING:
            self._found[key] = found
        self._remember(before, found)
        if first is not None and first.renames != first.settled:
            are_there = found.directories.items() <= found.files.items()
            if are_there and self._mounts_stayed(key):
                self._probe.run("settle", key, first.renames)

    def _remember(self, before: _Found, found: _Found) -> None:
        names = _names(found)
        for file in _names(before).keys() - names.keys():
            del self._names[file]
            self._map.delete(_KEY.pack(file.container, file.device, file.inode))
        for file in names.keys() - self._names.keys():
            if self._probe.run("know", file.container, file.device, file.inode):
                self.unknown += 1
        self._names.update(names)

    def _find(self, key: int, pid: int, before: _Found) -> _Found:
        files: dict[bytes, File] = {}
        directories: dict[bytes, File] = {}
        with contextlib.suppress(OSError), rooted.root_of(pid) as root:
            for path in self._paths:
                with contextlib.suppress(OSError), rooted.found(root, path) as descriptor:
                    identity = self._identified(descriptor)
                    files[path] = File(key, identity.device, identity.inode)
                    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                        directories[path] = files[path]
        stayed = {path: file for path, file in before.directories.items() if path in self._paths}
        return _Found(files, directories | stayed)


def _names(found: _Found) -> dict[File, tuple[bytes, ...]]:
    names: dict[File, tuple[bytes, ...]] = {}
    for path, file in (*found.files.items(), *found.directories.items()):
        if path not in names.get(file, ()):
            names[file] = (*names.get(file, ()), path)
    return names
