"""Fields on files."""

import stat
from typing import Any

import msgspec
import pytest

from shikra.model import container
from support.kernel_records import call_event

DIRECTORY = stat.S_IFDIR | 0o755
PIPE = stat.S_IFIFO | 0o600


@pytest.mark.parametrize(
    ("kind", "values", "found"),
    [
        pytest.param("openat", {"result": 3}, (3, b"file", b"f"), id="file"),
        pytest.param(
            "openat", {"result": 3, "file_mode": DIRECTORY}, (3, b"directory", b"d"), id="directory"
        ),
        pytest.param(
            "openat", {"result": 3, "file_mode": PIPE}, (3, b"pipe", b"p"), id="pipe without a name"
        ),
        pytest.param(
            "openat",
            {"result": 3, "file_mode": PIPE, "real": b"/run/fifo"},
            (3, b"file", b"f"),
            id="fifo in a folder",
        ),
        pytest.param("openat", {"result": -2}, (-1, b"file", b"f"), id="failed"),
        pytest.param(
            "connect",
            {"arguments": (7,), "socket_family": 1},
            (7, b"unix", b"u"),
            id="socket",
        ),
        pytest.param(
            "connect", {"arguments": (0xFFFFFFFF,)}, (-1, None, None), id="negative descriptor"
        ),
        pytest.param("execve", {}, (None, None, None), id="no descriptor"),
        pytest.param("unlink", {"path": b"/x"}, (None, None, None), id="a path alone"),
        pytest.param(
            "dup", {"result": 5, "file_mode": 0o100644}, (5, b"file", b"f"), id="of a file"
        ),
        pytest.param("dup", {"result": -9}, (None, None, None), id="of nothing"),
        pytest.param("memfd_create", {"result": 4}, (4, b"memfd", b"m"), id="memory"),
        pytest.param("memfd_create", {"result": -1}, (None, None, None), id="no memory"),
        pytest.param(
            "fcntl", {"arguments": (6,), "file_mode": 0o600}, (6, b"unknown", b"o"), id="kernel's"
        ),
        pytest.param(
            "accept",
            {"result": 4, "socket_family": 10, "remote_address": b"\xfd" * 16},
            (4, b"ipv6", b"6"),
            id="accepted",
        ),
    ],
)
def test_descriptors_have_a_number_and_a_kind(
    kind: str, values: dict[str, Any], found: tuple[object, ...]
) -> None:
    """A descriptor's number, its kind, and the kind in one character."""
    fields = call_event(kind, **values).fields
    assert (fields["fd.num"], fields["fd.type"], fields["fd.typechar"]) == found


@pytest.mark.parametrize(
    ("path", "mode", "directory", "filename"),
    [
        pytest.param(b"/etc/shadow", 0, b"/etc", b"shadow", id="file"),
        pytest.param(b"/shadow", 0, b"/", b"shadow", id="in the root"),
        pytest.param(b"/etc", DIRECTORY, b"/etc", None, id="a directory is its own"),
        pytest.param(b"shadow", 0, None, b"shadow", id="relative"),
        pytest.param(None, 0, None, None, id="unknown"),
    ],
)
def test_a_path_has_a_directory_and_a_filename(
    path: bytes | None, mode: int, directory: bytes | None, filename: bytes | None
) -> None:
    """The directory has no slash at its end, but for the root."""
    fields = call_event(path=path, file_mode=mode, result=3).fields
    assert (fields["fd.directory"], fields["fd.filename"]) == (directory, filename)


def test_the_twin_reads_the_real_path() -> None:
    """Under its real path, an event answers with that path; what was written stays."""
    event = call_event(path=b"/proc/1/root/etc/shadow", name=b"x", real=b"/etc/shadow")
    [(_, twin)] = event.by_other_names()
    names = ("fd.name", "fd.directory", "fd.filename", "fs.path.name", "fd.realpath")
    read = [twin.fields[name] for name in names]
    assert read == [b"/etc/shadow", b"/etc", b"shadow", b"/etc/shadow", b"/etc/shadow"]
    assert twin.fields["fd.nameraw"] == twin.fields["fs.path.nameraw"] == b"x"


def test_an_inode_is_known_of_what_was_opened() -> None:
    """Device and inode are those of the file; a call that failed has none."""
    fields = call_event(result=3, device=0xFE03, inode=42).fields
    names = ("fd.dev", "fd.dev.major", "fd.dev.minor", "fd.ino")
    assert [fields[name] for name in names] == [0xFE03, 0xFE, 3, 42]
    failed = call_event(result=-2).fields
    assert [failed[name] for name in names] == [None] * 4


def test_names_are_joined_to_the_container() -> None:
    """The container's id, a colon, the path."""
    event = call_event(path=b"/etc/x", tid=12, result=3)
    event.container = msgspec.structs.replace(container.HOST, full_id="0123456789abcdef")
    assert event.fields["fd.containername"] == b"0123456789ab:/etc/x"
    assert event.fields["fd.containerdirectory"] == b"0123456789ab:/etc"
    assert event.fields["fd.uid"] == b"123"


@pytest.mark.parametrize(
    ("values", "upper", "lower"),
    [
        pytest.param({"has_layer": 1, "is_upper_layer": 1}, True, False, id="written since"),
        pytest.param({"has_layer": 1, "is_lower_layer": 1}, False, True, id="of the image"),
        pytest.param({"has_layer": 1}, False, False, id="no overlay"),
        pytest.param({}, None, None, id="no file"),
    ],
)
def test_layers_are_told_of_files(
    values: dict[str, int], upper: bool | None, lower: bool | None
) -> None:
    """A file is in one layer of an overlay, or in none; what is no file has no layer."""
    fields = call_event("openat", name=b"/x", result=3, **values).fields
    assert (fields["fd.is_upper_layer"], fields["fd.is_lower_layer"]) == (upper, lower)
