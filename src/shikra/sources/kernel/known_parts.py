"""
Names of directories whose renaming the probe must not miss.

In: paths that rules name, and places of mounts. Out: their parts in the probe's map, each cut at
what the probe keeps. Parts are added and stay: one too many costs a look, see ``known_files``.
"""

from collections.abc import Iterable

from shikra.sources.kernel import libbpf, probe


class KnownParts:
    """The probe's map of parts."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the map."""
        self._map = loaded.map("known_parts")
        self._known: set[bytes] = set()
        self.unknown = 0  # parts for which there was no room

    def add(self, paths: Iterable[bytes]) -> None:
        """Add the parts of these paths."""
        room = self._map.key_size
        parts = {part[: room - 1] for path in paths for part in path.split(b"/") if part}
        for part in parts - self._known:
            try:
                self._map.set(part.ljust(room, b"\0"), b"\1")
            except libbpf.LibbpfError:
                self.unknown += 1
            else:
                self._known.add(part)
