"""
Tell the probe which file systems name their files themselves, in which container.

In: containers as they start and end, with the places of file systems that are mounted there once
and as a whole. Out: the probe's map of them. What doesn't fit is counted: its files are then named
by the mount that they were opened through.
"""

import struct
from collections.abc import Mapping

from shikra.sources.kernel import layout, libbpf, probe

MAX_OF_CONTAINER = 64
_KEY = struct.Struct("<QQ")


class Volumes:
    """The probe's map of volumes."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the map."""
        self._map = loaded.map("volumes")
        self._pack = layout.packer(loaded.types, "volume")
        self._room = loaded.types.leaves("volume")["place"].size
        self._told: dict[int, list[bytes]] = {}
        self.unknown = 0  # file systems that there was no room for

    def began(self, container: int, places: Mapping[int, bytes]) -> None:
        """Tell of a container's file systems, by device."""
        told = self._told.setdefault(container, [])
        for device, place in places.items():
            key = _KEY.pack(container, device)
            if len(place) >= self._room or len(told) >= MAX_OF_CONTAINER:
                self.unknown += 1
                continue
            value: dict[str, int | bytes] = {
                "length": len(place),
                "place": place.ljust(self._room, b"\0"),
            }
            try:
                self._map.set(key, self._pack(value))
            except libbpf.LibbpfError:
                self.unknown += 1
            else:
                told.append(key)

    def ended(self, container: int) -> None:
        """Forget a container's."""
        for key in self._told.pop(container, ()):
            self._map.delete(key)
