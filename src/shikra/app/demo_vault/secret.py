"""
A secret as a secrets driver mounts it: a tmpfs of its own, swapped atomically when it rotates.

The files are symbolic links through ``..data``, which is renamed over, as the kubelet does it.
Each password is random, so whoever prints one has read it. They are kept, to be searched for.
"""

import secrets
import shutil
from pathlib import Path

FILES = ("db-username", "db-password")


class Secret:
    """The driver's end of the volume."""

    def __init__(self, volume: Path) -> None:
        """Write the first one into an empty file system."""
        self.given_out: list[bytes] = []
        self.rotations = -1
        self._volume = volume
        self._folders: list[Path] = []
        self.rotate()
        for name in FILES:
            (volume / name).symlink_to(f"..data/{name}")

    def rotate(self) -> None:
        """Put a new secret in the old one's place."""
        values = [f"user-{secrets.token_hex(16)};", f"pw-{secrets.token_hex(16)};"]
        self.rotations += 1
        folder = self._volume / f"..generation-{self.rotations}"
        folder.mkdir()
        for name, value in zip(FILES, values, strict=True):
            (folder / name).write_text(value)
        self.given_out += [value.encode() for value in values]
        link = self._volume / "..data_tmp"
        link.symlink_to(folder.name)
        link.replace(self._volume / "..data")
        self._folders.append(folder)
        if len(self._folders) > 2:  # noqa: PLR2004  a reader may stand between the link and the file
            shutil.rmtree(self._folders.pop(0))
