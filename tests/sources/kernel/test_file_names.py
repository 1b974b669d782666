"""The names that a file has beside the one that was walked."""

import struct
from typing import Any

import pytest

from shikra.model.event import FileName, NameKind
from shikra.sources.kernel import file_names, records
from shikra.sources.kernel.known_files import File
from support.kernel_records import call

KEY, DEVICE = 99, 5
FILE, FOLDER, ROOT = 42, 41, 2
REAL, INODE, RESOLVED = NameKind.REAL, NameKind.INODE, NameKind.RESOLVED


class Mounted:
    """One file system."""

    def names(self, key: int, device: int, path: bytes) -> tuple[bytes, ...]:
        """Return the names of a file on it."""
        return (b"/mnt" + path, b"/srv" + path) if (key, device) == (KEY, DEVICE) else ()


class Followed:
    """Links that lead from one name to another."""

    def name(self, call: records.CallRecord) -> bytes | None:
        """Return where a name leads."""
        return b"/secret" if call.name == b"/link" else None


class Known:
    """A few files that rules name."""

    def __init__(self, **names: bytes) -> None:
        """Know these, by their inodes."""
        self._names = {File(KEY, DEVICE, globals()[name]): path for name, path in names.items()}

    def names(self, file: File) -> tuple[bytes, ...]:
        """Return the name of a file."""
        return (self._names[file],) if file in self._names else ()


@pytest.mark.parametrize(
    ("known", "texts", "names"),
    [
        pytest.param({}, {}, [], id="none"),
        pytest.param(
            {}, {"inner": b"/a"}, [(REAL, b"/mnt/a"), (REAL, b"/srv/a")], id="by its mounts"
        ),
        pytest.param({"FILE": b"/etc/x"}, {}, [(INODE, b"/etc/x")], id="by its own inode"),
        pytest.param(
            {},
            {"root": b"/mnt", "name": b"/../x//y"},
            [(REAL, b"/mnt/x/y")],
            id="by a changed root",
        ),
        pytest.param(
            {"FOLDER": b"/etc/d"},
            {"inner": b"/d/f", "inodes": struct.pack("<3Q", FILE, FOLDER, ROOT)},
            [(REAL, b"/mnt/d/f"), (REAL, b"/srv/d/f"), (INODE, b"/etc/d/f")],
            id="by the inode of its directory",
        ),
        pytest.param(
            {"ROOT": b"/", "FILE": b"/x"},
            {"inner": b"/d/f", "inodes": struct.pack("<3Q", FILE, FOLDER, ROOT)},
            [(REAL, b"/mnt/d/f"), (REAL, b"/srv/d/f"), (INODE, b"/x"), (INODE, b"/d/f")],
            id="by the inode of the root",
        ),
        pytest.param(
            {"ROOT": b"/mnt/secrets"},
            {"inner": b"/", "inodes": struct.pack("<1Q", ROOT)},
            [(REAL, b"/mnt/"), (REAL, b"/srv/"), (INODE, b"/mnt/secrets")],
            id="the root itself",
        ),
        pytest.param(
            {"FILE": b"/etc/x"},
            {"name": b"/link"},
            [(INODE, b"/etc/x"), (RESOLVED, b"/secret")],
            id="by links, last",
        ),
    ],
)
def test_a_file_has_the_names_that_are_known_of_it(
    known: dict[str, bytes], texts: dict[str, bytes], names: list[tuple[NameKind, bytes]]
) -> None:
    """The first process's come first; by a directory's inode a file has what follows there."""
    values: dict[str, Any] = {"container": KEY, "device": DEVICE, "inode": FILE} | texts
    found = file_names.FileNames(Mounted(), Known(**known), Followed()).of(call(**values))
    assert list(found) == [FileName(*name) for name in names]
