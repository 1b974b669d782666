"""What the probe tells of calls on mounts, and of calls that give a descriptor another number."""

from pathlib import Path
from typing import Any

import pytest

from support.calling import ANY, NEW, compare, told
from support.probing import Watch

pytestmark = pytest.mark.kernel

NO_FILE, BAD_DESCRIPTOR, INVALID = -2, -9, -22
ALONE = (
    "libc.unshare(0x20000)\n"
    "assert libc.mount(b'none', b'/', None, 0x4000 | 0x40000, None) == 0\n"
    "os.mkdir('a'); os.mkdir('b'); os.close(os.open('a/file', os.O_CREAT))\n"
)
"""In a mount namespace of its own, where nothing is passed on."""


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param(
            "mount",
            "libc.mount(b'a', b'b', b'type', 0x1000, None)",
            {
                "name": "a",
                "base": "{place}",
                "target": "b",
                "target_base": "{place}",
                "text": "type",
                "arguments_3": 0x1000,
            },
            id="mount",
        ),
        pytest.param(
            "mount",
            "libc.mount(b'none', b'b', b'tmpfs', 0, None)",
            {
                "name": "none",
                "base": "{place}",
                "target": "b",
                "target_base": "{place}",
                "text": "tmpfs",
                "arguments_3": 0,
            },
            id="mount of a file system without a device",
        ),
        pytest.param(
            "umount2",
            "libc.mount(b'a', b'b', None, 0x1000, None); libc.umount2(b'b', 2)",
            {"name": "b", "base": "{place}", "arguments_1": 2},
            id="umount2",
        ),
        pytest.param(
            "pivot_root",
            "call('pivot_root', b'a', b'/none')",
            {"name": "a", "base": "{place}", "target": "/none", "result": NO_FILE},
            id="pivot_root",
        ),
        pytest.param(
            "open_tree",
            "call('open_tree', -100, b'a/file', 1)",
            {"name": "a/file", "base": "{place}", "real": ANY, "arguments_2": 1, "result": NEW},
            id="open_tree",
        ),
        pytest.param(
            "move_mount",
            "call('move_mount', call('open_tree', -100, b'a', 1), b'', -100, b'b', 4)",
            {
                "name": "",
                "base": ANY,
                "target": "b",
                "target_base": "{place}",
                "arguments_4": 4,
            },
            id="move_mount",
        ),
        pytest.param(
            "mount_setattr",
            "call('mount_setattr', -100, b'/none', 0, bytes(32), 32)",
            {"name": ANY, "arguments_2": 0, "result": ANY},
            id="mount_setattr",
        ),
        pytest.param(
            "fsopen",
            "call('fsopen', b'tmpfs', 1)",
            {"text": "tmpfs", "arguments_1": 1, "result": NEW},
            id="fsopen",
        ),
        pytest.param(
            "fspick",
            "call('fspick', -100, b'/none', 0)",
            {"name": "/none", "result": NO_FILE},
            id="fspick",
        ),
        pytest.param(
            "fsconfig",
            "call('fsconfig', call('fsopen', b'tmpfs', 0), 1, b'size', b'1m', 0)",
            {"text": "size", "arguments_1": 1},
            id="fsconfig",
        ),
        pytest.param(
            "fsmount",
            "fs = call('fsopen', b'tmpfs', 0); call('fsconfig', fs, 6, None, None, 0)\n"
            "call('fsmount', fs, 1, 8)",
            {"arguments_1": 1, "arguments_2": 8, "real": "/", "result": NEW},
            id="fsmount",
        ),
    ],
)
def test_calls_on_mounts(
    watch: Watch, tmp_path: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A call on mounts has what is mounted, where, and its type."""
    compare(told(watch, tmp_path, name, ALONE + source), tmp_path, members)


FILE = "fd = os.open('file', os.O_CREAT)\n"


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param("dup", "call('dup', fd)", {"result": NEW, "real": "{place}/file"}, id="dup"),
        pytest.param(
            "dup2",
            "call('dup2', fd, 77)",
            {"result": 77, "descriptor": 77, "real": "{place}/file", "arguments_1": 77},
            id="dup2",
        ),
        pytest.param(
            "dup3",
            "call('dup3', fd, 77, 0o2000000)",
            {"result": 77, "real": "{place}/file", "arguments_2": 0o2000000},
            id="dup3",
        ),
        pytest.param(
            "dup2",
            "call('dup2', 99, 77)",
            {"result": BAD_DESCRIPTOR, "arguments_0": 99, "facts": 0},
            id="dup2 of nothing",
        ),
        pytest.param(
            "fcntl",
            "call('fcntl', fd, 0, 50)",
            {"result": 50, "real": "{place}/file", "arguments_1": 0, "arguments_2": 50},
            id="fcntl",
        ),
    ],
)
def test_calls_on_descriptors(
    watch: Watch, tmp_path: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A descriptor by another number is of the same file."""
    compare(told(watch, tmp_path, name, FILE + source), tmp_path, members)
