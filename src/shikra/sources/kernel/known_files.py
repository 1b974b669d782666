"""
Know the files that rules name by their inodes, container by container.

In: paths, containers as they start and end. Out: the names of a file that a call was about, and
the same knowledge in the probe's map, so that it lets such a call through. A hard link has the
inode of the file, and so has the file once it was moved.

Paths are looked up in a thread of its own, since a file system may keep whoever asks it waiting,
and again from time to time, since files are replaced. What is found is used to find, never to
exclude.
"""

import contextlib
import queue
import struct
import threading
from collections.abc import Callable, Iterable, Iterator

import msgspec

from shikra.sources.kernel import identify, probe, rooted

REFRESH_SECONDS = 30.0
MAX_PATHS = 512  # of one rule set; no pack comes near

_KEY = struct.Struct("<3Q")  # struct known_file


class File(msgspec.Struct, frozen=True):
    """A file of a container, as the probe knows it."""

    container: int
    device: int
    inode: int


class KnownFiles:
    """Which file has which names."""

    def __init__(self, loaded: probe.Probe, identified: Callable[[int], identify.Identity]) -> None:
        """Know nothing; ``start`` must follow, and ``close``."""
        self._probe = loaded
        self._map = loaded.map("known_files")
        self._identified = identified
        self._paths: tuple[bytes, ...] = ()
        self._names: dict[File, tuple[bytes, ...]] = {}
        self._first_pids: dict[int, int] = {}
        self._files: dict[int, frozenset[File]] = {}  # of each container
        self._work: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="known files", daemon=True)
        self.unknown = 0  # files for which there was no room

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
                self._look(key)

    def _look(self, key: int) -> None:
        """Bring what is known of a container up to date."""
        pid = self._first_pids.get(key)
        found = {} if pid is None else self._found(key, pid)
        before = self._files.pop(key, frozenset())
        if found:
            self._files[key] = frozenset(found)
        for file in before - found.keys():
            del self._names[file]
            self._map.delete(_KEY.pack(file.container, file.device, file.inode))
        for file, names in found.items():
            self._names[file] = names
            if file not in before and self._probe.run("know", key, file.device, file.inode):
                self.unknown += 1

    def _found(self, key: int, pid: int) -> dict[File, tuple[bytes, ...]]:
        found: dict[File, tuple[bytes, ...]] = {}
        with contextlib.suppress(OSError), rooted.root_of(pid) as root:
            for path, identity in self._identities(root):
                file = File(key, identity.device, identity.inode)
                found[file] = (*found.get(file, ()), path)
        return found

    def _identities(self, root: int) -> Iterator[tuple[bytes, identify.Identity]]:
        for path in self._paths:
            with contextlib.suppress(OSError), rooted.found(root, path) as descriptor:
                yield path, self._identified(descriptor)
