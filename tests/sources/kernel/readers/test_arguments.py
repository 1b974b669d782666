"""Arguments as text."""

import os
import socket
from typing import Any

import pytest

from shikra.model import process
from support.kernel_records import call_event

CWD = 0xFFFFFF9C
OPENED = {
    "name": b"x",
    "path": b"/etc/x",
    "result": 3,
    "device": 0xFE00,
    "inode": 42,
    "arguments": (CWD, 0, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644),
}
CONNECTED = {
    "arguments": (5,),
    "socket_family": socket.AF_INET,
    "socket_protocol": socket.IPPROTO_TCP,
    "local_address": bytes((10, 0, 0, 1)),
    "local_port": 4,
    "remote_address": bytes((10, 0, 0, 2)),
    "remote_port": 80,
}
CAT = process.Process(id=1, pid=7, name=b"cat", arguments=(b"cat", b"/x"), exepath=b"/bin/cat")


@pytest.mark.parametrize(
    ("kind", "values", "argument", "text"),
    [
        pytest.param("openat", OPENED, "fd", b"<f>/etc/x", id="descriptor"),
        pytest.param("openat", OPENED, "0", b"<f>/etc/x", id="by position"),
        pytest.param("openat", OPENED | {"result": -2}, "fd", b"ENOENT", id="failed"),
        pytest.param("openat", OPENED, "dirfd", b"AT_FDCWD", id="current directory"),
        pytest.param(
            "openat", OPENED | {"arguments": (4,), "base": b"/var"}, "dirfd", b"<d>/var", id="base"
        ),
        pytest.param("openat", OPENED, "name", b"/etc/x", id="name"),
        pytest.param("openat", OPENED, "flags", b"O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC", id="flags"),
        pytest.param("openat", {"arguments": (0, 0, 0)}, "flags", b"O_RDONLY", id="no flag"),
        pytest.param(
            "openat",
            {"arguments": (0, 0, os.O_RDWR | os.O_TMPFILE | os.O_SYNC)},
            "flags",
            b"O_RDWR|O_SYNC|O_TMPFILE",
            id="flags of several bits",
        ),
        pytest.param("openat", OPENED, "mode", b"0644", id="mode"),
        pytest.param("openat", OPENED, "dev", b"FE00", id="device"),
        pytest.param("openat", OPENED, "ino", b"42", id="inode"),
        pytest.param("openat", OPENED, "resolve", None, id="of another call"),
        pytest.param("openat", OPENED, "99", None, id="position too high"),
        pytest.param(
            "open_by_handle_at", OPENED | {"name": None}, "path", b"/etc/x", id="by handle"
        ),
        pytest.param("connect", CONNECTED, "res", b"SUCCESS", id="result"),
        pytest.param("connect", CONNECTED, "fd", b"<4t>10.0.0.1:4->10.0.0.2:80", id="socket"),
        pytest.param("connect", CONNECTED, "tuple", b"10.0.0.1:4->10.0.0.2:80", id="both ends"),
        pytest.param("connect", CONNECTED, "addr", b"10.0.0.2:80", id="address"),
        pytest.param("connect", {"arguments": (5,)}, "fd", b"5", id="descriptor of no kind"),
        pytest.param("execve", {"process_of": CAT}, "args", b"/x", id="arguments"),
        pytest.param("execve", {"process_of": CAT}, "exe", b"cat", id="first argument"),
        pytest.param("execve", {"process_of": CAT}, "ptid", None, id="no parent"),
        pytest.param("execve", {"process_of": CAT}, "env", None, id="not told by the probe"),
        pytest.param("execve", {"name": b"./x", "result": -13}, "filename", b"./x", id="filename"),
    ],
)
def test_an_argument_is_text(
    kind: str, values: dict[str, Any], argument: str, text: bytes | None
) -> None:
    """An argument is found by name or position, and written as Falco does."""
    assert call_event(kind, **values).fields[f"evt.arg[{argument}]"] == text


def test_all_arguments_are_one_text() -> None:
    """Every argument that has a value, by name, in Falco's order."""
    assert call_event("connect", **CONNECTED).fields["evt.args"] == (
        b"res=SUCCESS tuple=10.0.0.1:4->10.0.0.2:80 fd=<4t>10.0.0.1:4->10.0.0.2:80 addr=10.0.0.2:80"
    )
