"""What the probe tells of calls on files."""

from pathlib import Path
from typing import Any

import pytest

from support.calling import ANY, compare, told
from support.probing import Watch

pytestmark = pytest.mark.kernel

NO_FILE, BAD_DESCRIPTOR = -2, -9


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a/file, a symlink to a, and another directory."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("text")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "b").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param(
            "mkdir",
            "call('mkdir', b'new', 0o700)",
            {"name": "new", "base": "{place}", "arguments_1": 0o700},
            id="mkdir",
        ),
        pytest.param(
            "mkdirat",
            "call('mkdirat', a, b'new', 0o700)",
            {"name": "new", "base": "{place}/a", "arguments_2": 0o700},
            id="mkdirat",
        ),
        pytest.param(
            "mknod",
            "call('mknod', b'/none/new', 0o10600, 0)",
            {"name": "/none/new", "arguments_1": 0o10600, "result": NO_FILE},
            id="mknod",
        ),
        pytest.param(
            "mknodat",
            "call('mknodat', a, b'new', 0o10600, 0)",
            {"name": "new", "base": "{place}/a", "arguments_2": 0o10600},
            id="mknodat",
        ),
        pytest.param("rmdir", "call('rmdir', b'b')", {"name": "b", "base": "{place}"}, id="rmdir"),
        pytest.param(
            "unlink",
            "call('unlink', b'link/file')",
            {"name": "link/file", "base": "{place}"},
            id="unlink",
        ),
        pytest.param(
            "unlinkat",
            "call('unlinkat', a, b'file', 0)",
            {"name": "file", "base": "{place}/a", "arguments_2": 0},
            id="unlinkat",
        ),
        pytest.param(
            "rename",
            "call('rename', b'a/file', b'new')",
            {"name": "a/file", "base": "{place}", "target": "new", "target_base": "{place}"},
            id="rename",
        ),
        pytest.param(
            "renameat",
            "call('renameat', a, b'file', b, b'new')",
            {"name": "file", "base": "{place}/a", "target": "new", "target_base": "{place}/b"},
            id="renameat",
        ),
        pytest.param(
            "renameat2",
            "call('renameat2', a, b'file', -100, b'new', 1)",
            {
                "name": "file",
                "base": "{place}/a",
                "target": "new",
                "target_base": "{place}",
                "arguments_4": 1,
            },
            id="renameat2",
        ),
        pytest.param(
            "link",
            "call('link', b'a/file', b'/none/new')",
            {"name": "/none/new", "target": "a/file", "target_base": "{place}", "result": NO_FILE},
            id="link",
        ),
        pytest.param(
            "linkat",
            "call('linkat', a, b'file', b, b'new', 0)",
            {"name": "new", "base": "{place}/b", "target": "file", "target_base": "{place}/a"},
            id="linkat",
        ),
        pytest.param(
            "symlink",
            "call('symlink', b'../x', b'new')",
            {"name": "new", "base": "{place}", "target": "../x"},
            id="symlink, whose target has no base",
        ),
        pytest.param(
            "symlinkat",
            "call('symlinkat', b'/x', b, b'new')",
            {"name": "new", "base": "{place}/b", "target": "/x"},
            id="symlinkat",
        ),
        pytest.param(
            "chmod",
            "call('chmod', b'a/file', 0o4755)",
            {"name": "a/file", "base": "{place}", "arguments_1": 0o4755},
            id="chmod",
        ),
        pytest.param(
            "fchmod",
            "call('fchmod', os.open('link/file', 0), 0o600)",
            {"real": "{place}/a/file", "arguments_1": 0o600},
            id="fchmod, of a file by a symlink",
        ),
        pytest.param(
            "fchmod",
            "call('fchmod', 99, 0o600)",
            {"descriptor": 99, "arguments_1": 0o600, "result": BAD_DESCRIPTOR},
            id="fchmod of nothing",
        ),
        pytest.param(
            "fchmodat",
            "call('fchmodat', a, b'file', 0o600)",
            {"name": "file", "base": "{place}/a", "arguments_2": 0o600},
            id="fchmodat",
        ),
        pytest.param(
            "fchmodat2",
            "call('fchmodat2', a, b'file', 0o600, 0x100)",
            {"name": "file", "base": "{place}/a", "arguments_3": 0x100, "result": ANY},
            id="fchmodat2, which some kernels lack",
        ),
        pytest.param(
            "chown",
            "call('chown', b'a/file', 1, 2**32 - 1)",
            {"name": "a/file", "base": "{place}", "arguments_1": 1, "arguments_2": 2**32 - 1},
            id="chown",
        ),
        pytest.param(
            "lchown",
            "call('lchown', b'link', 1, 2)",
            {"name": "link", "base": "{place}", "arguments_1": 1, "arguments_2": 2},
            id="lchown",
        ),
        pytest.param(
            "fchown",
            "call('fchown', a, -1, 2)",
            {"real": "{place}/a", "arguments_1": 2**32 - 1, "arguments_2": 2},
            id="fchown",
        ),
        pytest.param(
            "fchownat",
            "call('fchownat', a, b'file', 1, 2, 0)",
            {"name": "file", "base": "{place}/a", "arguments_2": 1, "arguments_3": 2},
            id="fchownat",
        ),
        pytest.param(
            "fchownat",
            "call('fchownat', os.open('a/file', 0), b'', 1, 2, 0x1000)",
            {"name": "", "base": "{place}/a/file", "arguments_4": 0x1000},
            id="fchownat of a descriptor",
        ),
        pytest.param(
            "truncate",
            "call('truncate', b'a/file', 1 << 33)",
            {"name": "a/file", "base": "{place}", "arguments_1": 1 << 33},
            id="truncate",
        ),
        pytest.param(
            "ftruncate",
            "call('ftruncate', os.open('a/file', 1), 7)",
            {"real": "{place}/a/file", "arguments_1": 7},
            id="ftruncate",
        ),
        pytest.param(
            "setxattr",
            "call('setxattr', b'/none', b'trusted.x', b'abc', 3, 0)",
            {"name": "/none", "text": "trusted.x", "arguments_3": 3, "result": NO_FILE},
            id="setxattr",
        ),
        pytest.param(
            "lsetxattr",
            "call('lsetxattr', b'/none', b'trusted.x', b'abc', 3, 0)",
            {"name": "/none", "text": "trusted.x", "result": NO_FILE},
            id="lsetxattr",
        ),
        pytest.param(
            "fsetxattr",
            "call('fsetxattr', 99, b'trusted.x', b'abc', 3, 0)",
            {"text": "trusted.x", "result": BAD_DESCRIPTOR},
            id="fsetxattr",
        ),
        pytest.param(
            "chdir", "call('chdir', b'/none')", {"name": "/none", "result": NO_FILE}, id="chdir"
        ),
        pytest.param("fchdir", "call('fchdir', b)", {"real": "{place}/b"}, id="fchdir"),
        pytest.param(
            "chroot",
            "call('chroot', b'a')",
            {"name": "a", "base": "{place}"},
            id="chroot",
        ),
    ],
)
def test_calls_on_files(
    watch: Watch, place: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A call on a file has its paths, or that of its descriptor, and its other arguments."""
    prepared = f"a = os.open('a', 0); b = os.open('b', 0)\n{source}"
    compare(told(watch, place, name, prepared), place, members)
