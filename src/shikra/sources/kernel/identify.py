"""
What the kernel's inodes and mounts hold, where stat(2) may say otherwise (overlay, btrfs).

In: a descriptor of ours. Out: what the probe sees of it.
"""

import threading

import msgspec

from shikra.sources.kernel import layout, probe

_ONLY = bytes(4)  # the key of an array of one


class Identity(msgspec.Struct, frozen=True):
    """What a file is known by in the probe."""

    device: int
    inode: int
    mount_event: int  # the last change to the mounts of its mount's namespace
    mount_namespace: int
    is_found: int


class Identifier:
    """Asks the probe."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the probe's answer."""
        self._probe = loaded
        self._one_at_a_time = threading.Lock()  # there is one place for the answer
        self._answer = loaded.map("identified")
        self._read = layout.reader(loaded.types, "file_identity", Identity)

    def __call__(self, descriptor: int) -> Identity:
        """Return what an open file is."""
        with self._one_at_a_time:
            self._probe.run("identify", descriptor)
            return self._read(self._answer.get(_ONLY) or b"")
