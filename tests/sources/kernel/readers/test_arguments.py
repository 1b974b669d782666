"""Arguments as text, and as they are."""

import os
import socket
from typing import Any

import pytest

from shikra.model import calls, process
from shikra.model.event import Readers
from shikra.model.event_type import Meaning
from shikra.model.value import Value
from shikra.sources.kernel.readers import argument_texts, argument_values
from support.kernel_records import WALL_NS, call_event

CWD = 0xFFFFFF9C
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
OPENED = {
    "name": b"x",
    "base": b"/etc",
    "path": b"/etc/x",
    "result": 3,
    "file_mode": 0o100644,
    "device": 0xFE00,
    "inode": 42,
    "arguments": (CWD, 0, FLAGS, 0o644, 0x10),
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
EXE = process.Executable(device=8, inode=42, changed_ns=WALL_NS, is_upper_layer=True)
CAT = process.Process(
    id=1,
    pid=7,
    name=b"cat",
    arguments=(b"cat", b"-n", b"/x"),
    exepath=b"/bin/cat",
    environment=b"A=1\0B=2",
    executable=EXE,
)
RENAMED = {
    "name": b"old",
    "base": b"/a",
    "path": b"/a/old",
    "target": b"new",
    "target_base": b"/b",
    "arguments": (9, 0, CWD, 0, 2),
}
NAMED: Readers = {
    "user.name": lambda _, uid: {"33": b"www-data", None: b"root"}.get(uid),
    "group.name": lambda _, gid: {"33": b"www"}.get(gid or ""),
    "user.loginname": lambda _event, _: None,
}


def fields_of(kind: str, values: dict[str, Any]) -> Any:
    """Return the fields of an event whose users have names."""
    event = call_event(kind, **values)
    event.fields.readers = {**event.fields.readers, **NAMED}
    return event.fields


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
        pytest.param(
            "openat", OPENED | {"arguments": (4,), "base": None}, "dirfd", b"4", id="no base"
        ),
        pytest.param("openat", OPENED, "name", b"/etc/x", id="relative name"),
        pytest.param("openat", OPENED | {"name": b"/a/../x"}, "name", b"/a/../x", id="name"),
        pytest.param("openat", OPENED, "flags", b"O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC", id="flags"),
        pytest.param("openat", {"arguments": (0, 0, 0)}, "flags", b"O_RDONLY", id="no flag"),
        pytest.param("openat", OPENED, "mode", b"0644", id="mode"),
        pytest.param(
            "openat", OPENED | {"arguments": (0, 0, 0, 0o644)}, "mode", b"0", id="no mode"
        ),
        pytest.param("openat", OPENED, "dev", b"FE00", id="device"),
        pytest.param("openat", OPENED, "ino", b"42", id="inode"),
        pytest.param("openat", OPENED, "resolve", None, id="of another call"),
        pytest.param("openat2", OPENED, "resolve", b"RESOLVE_IN_ROOT", id="resolve"),
        pytest.param("openat", OPENED, "99", None, id="position too high"),
        pytest.param(
            "creat", OPENED, "creat_flags", b"O_TRUNC|O_CREAT|O_WRONLY", id="implied flags"
        ),
        pytest.param(
            "open_by_handle_at", OPENED | {"name": None}, "path", b"/etc/x", id="by handle"
        ),
        pytest.param("mkdir", {"arguments": (0, 0o755)}, "mode", b"1ED", id="mode in base 16"),
        pytest.param(
            "chmod",
            {"arguments": (0, 0o4755)},
            "mode",
            b"S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID",
            id="mode by name",
        ),
        pytest.param("renameat2", RENAMED, "olddirfd", b"<d>/a", id="first directory"),
        pytest.param("renameat2", RENAMED, "oldpath", b"/a/old", id="first path"),
        pytest.param("renameat2", RENAMED, "newdirfd", b"AT_FDCWD", id="second directory"),
        pytest.param("renameat2", RENAMED, "newpath", b"/b/new", id="second path"),
        pytest.param("renameat2", RENAMED, "flags", b"RENAME_EXCHANGE", id="flag"),
        pytest.param("renameat2", RENAMED | {"arguments": (0,)}, "flags", b"0", id="no flag set"),
        pytest.param(
            "symlink", {"target": b"../x", "target_base": b"/a"}, "target", b"../x", id="no path"
        ),
        pytest.param(
            "mount", {"name": b"none", "base": b"/a", "text": b"tmpfs"}, "dev", b"none", id="source"
        ),
        pytest.param("mount", {"text": b"tmpfs"}, "type", b"tmpfs", id="text"),
        pytest.param(
            "mount", {"arguments": (0, 0, 0, 0x1001)}, "flags", b"RDONLY|BIND", id="mount"
        ),
        pytest.param("connect", CONNECTED, "res", b"0", id="success"),
        pytest.param("connect", CONNECTED | {"result": -111}, "res", b"ECONNREFUSED", id="failure"),
        pytest.param("connect", CONNECTED, "fd", b"<4t>10.0.0.1:4->10.0.0.2:80", id="socket"),
        pytest.param("connect", CONNECTED, "tuple", b"10.0.0.1:4->10.0.0.2:80", id="both ends"),
        pytest.param("connect", CONNECTED, "addr", b"10.0.0.2:80", id="address"),
        pytest.param("connect", {"arguments": (5,)}, "fd", b"5", id="descriptor of no kind"),
        pytest.param(
            "connect", {"socket_family": 1, "name": b"\0x"}, "addr", b"@x", id="abstract address"
        ),
        pytest.param("bind", CONNECTED, "addr", b"10.0.0.1:4", id="own address"),
        pytest.param("socket", {"arguments": (17, 3)}, "domain", b"AF_PACKET", id="choice"),
        pytest.param("socket", {"arguments": (99, 3)}, "domain", b"99", id="choice without a name"),
        pytest.param("listen", {"arguments": (5, 0xFFFFFFFF)}, "backlog", b"-1", id="signed"),
        pytest.param("dup2", {"arguments": (5, 1)}, "newfd", b"1", id="another descriptor"),
        pytest.param(
            "memfd_create", {"result": 4, "text": b"x"}, "fd", b"4", id="descriptor without a path"
        ),
        pytest.param(
            "clone",
            {"arguments": (0x10000011,)},
            "flags",
            b"CLONE_NEWUSER",
            id="without the signal",
        ),
        pytest.param("unshare", {"arguments": (0x80,)}, "flags", b"CLONE_NEWTIME", id="with it"),
        pytest.param("setuid", {"arguments": (33,)}, "uid", b"www-data", id="user"),
        pytest.param("setuid", {"arguments": (44,)}, "uid", b"44", id="user without a name"),
        pytest.param("chown", {"arguments": (0, 2**32 - 1, 33)}, "uid", b"<NONE>", id="nobody"),
        pytest.param("chown", {"arguments": (0, 2**32 - 1, 33)}, "gid", b"www", id="group"),
        pytest.param("kill", {"arguments": (2**32 - 5, 9)}, "pid", b"-5", id="process group"),
        pytest.param("kill", {"arguments": (5, 9)}, "sig", b"SIGKILL", id="signal"),
        pytest.param("kill", {"arguments": (5, 99)}, "sig", b"99", id="signal without a name"),
        pytest.param(
            "kill",
            {"arguments": (7,), "find": {7: CAT}.get, "pid": 2, "vpid": 2},
            "pid",
            b"cat",
            id="program of a process",
        ),
        pytest.param(
            "kill",
            {"arguments": (7,), "find": {7: CAT}.get, "pid": 2, "vpid": 1},
            "pid",
            b"7",
            id="process of another namespace",
        ),
        pytest.param("ptrace", {"arguments": (16, 5)}, "request", b"PTRACE_ATTACH", id="request"),
        pytest.param(
            "ptrace", {"arguments": (4, 5, 0xABC)}, "addr", b"ABC", id="address in memory"
        ),
        pytest.param("bpf", {"arguments": (5,)}, "cmd", b"BPF_PROG_LOAD", id="command"),
        pytest.param(
            "mprotect", {"arguments": (0, 4096, 5)}, "prot", b"PROT_READ|PROT_EXEC", id="protection"
        ),
        pytest.param("mprotect", {"arguments": (0, 4096, 5)}, "length", b"4096", id="length"),
        pytest.param("recvfrom", {"data": b"GET /\r\n\xff"}, "data", b"GET /...", id="data"),
        pytest.param("recvfrom", {}, "data", None, id="no data"),
        pytest.param("execve", {"process_of": CAT}, "args", b"-n./x.", id="arguments"),
        pytest.param("execve", {"process_of": CAT}, "env", b"A=1.B=2", id="environment"),
        pytest.param("execve", {"process_of": CAT}, "exe", b"cat", id="first argument"),
        pytest.param("execve", {"process_of": CAT}, "pid", b"cat", id="own program"),
        pytest.param("execve", {"process_of": CAT}, "flags", b"EXE_UPPER_LAYER", id="executable"),
        pytest.param("execve", {"process_of": CAT}, "ptid", None, id="no parent"),
        pytest.param("execve", {"cap_permitted": 0x2A}, "cap_permitted", b"2A", id="capabilities"),
        pytest.param("execve", {"loginuid": 2**32 - 1}, "loginuid", b"<NONE>", id="no login"),
        pytest.param("execve", {"euid": 0}, "uid", b"root", id="own user"),
        pytest.param("execve", {"cwd": b"/srv"}, "cwd", b"/srv", id="directory"),
        pytest.param("execve", {}, "cgroups", None, id="not told by the probe"),
        pytest.param("execve", {"name": b"./x", "result": -13}, "filename", b"./x", id="filename"),
    ],
)
def test_an_argument_is_text(
    kind: str, values: dict[str, Any], argument: str, text: bytes | None
) -> None:
    """An argument is found by name or position, and written as Falco does."""
    assert fields_of(kind, values)[f"evt.arg[{argument}]"] == text


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        pytest.param(
            "connect",
            CONNECTED,
            b"res=0 tuple=10.0.0.1:4->10.0.0.2:80 fd=5(<4t>10.0.0.1:4->10.0.0.2:80)"
            b" addr=10.0.0.2:80",
            id="connect",
        ),
        pytest.param(
            "openat",
            OPENED,
            b"fd=3(<f>/etc/x) dirfd=-100(AT_FDCWD) name=x(/etc/x)"
            b" flags=4358(O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC) mode=0644 dev=FE00 ino=42",
            id="openat",
        ),
        pytest.param("setuid", {"arguments": (33,)}, b"res=0 uid=33(www-data)", id="setuid"),
    ],
)
def test_all_arguments_are_one_text(kind: str, values: dict[str, Any], text: bytes) -> None:
    """Every argument that has a value, by name, in Falco's order, with what it resolves to."""
    fields = fields_of(kind, values)
    assert fields["evt.args"] == fields["evt.info"] == text


def test_what_may_hold_passwords_is_told_only_when_asked_for() -> None:
    """Neither the environment nor data is among all arguments."""
    assert b"env=" not in fields_of("execve", {"process_of": CAT})["evt.args"]
    assert b"data=" not in fields_of("recvfrom", {"data": b"x"})["evt.args"]


@pytest.mark.parametrize(
    ("kind", "values", "argument", "value"),
    [
        pytest.param("openat", OPENED, "fd", 3, id="descriptor"),
        pytest.param("openat", OPENED | {"result": -2}, "fd", -2, id="failed"),
        pytest.param("openat", OPENED, "dirfd", -100, id="current directory"),
        pytest.param("openat", OPENED, "name", b"x", id="as written"),
        pytest.param("openat", OPENED, "flags", 4358, id="Falco's flags"),
        pytest.param("openat", OPENED, "mode", 0o644, id="mode"),
        pytest.param("openat", OPENED, "ino", 42, id="inode"),
        pytest.param("ptrace", {"arguments": (16, 5)}, "request", 11, id="Falco's request"),
        pytest.param("kill", {"arguments": (2**32 - 5, 9)}, "pid", -5, id="process"),
        pytest.param("setuid", {"arguments": (2**32 - 1,)}, "uid", 2**32 - 1, id="nobody"),
        pytest.param("connect", CONNECTED, "tuple", None, id="a structure"),
        pytest.param("connect", CONNECTED, "res", 0, id="result"),
        pytest.param("mount", {"name": b"none"}, "dev", None, id="a text where numbers are"),
        pytest.param("execve", {"process_of": CAT}, "env", b"A=1\0B=2", id="a buffer"),
        pytest.param("recvfrom", {"data": b"\xca\xfe"}, "data", b"\xca\xfe", id="data"),
        pytest.param("execve", {"cap_effective": 5}, "cap_effective", 5, id="a set"),
        pytest.param("execve", {"process_of": CAT}, "exe_ino_ctime", WALL_NS, id="a time"),
        pytest.param("execve", {"process_of": CAT}, "flags", 2, id="executable"),
        pytest.param("execve", {"process_of": CAT}, "none", None, id="no such argument"),
    ],
)
def test_an_argument_has_its_value(
    kind: str, values: dict[str, Any], argument: str, value: Value
) -> None:
    """A raw argument is a number of Falco's, or the text that the caller gave."""
    assert fields_of(kind, values)[f"evt.rawarg[{argument}]"] == value


def test_every_argument_of_every_call_can_be_asked_for() -> None:
    """No row of the table of calls is one that the readers stumble over."""
    for kind, made in calls.CALLS.items():
        fields = fields_of(kind, {"process_of": CAT})
        for name in made.arguments:
            assert isinstance(fields[f"evt.arg[{name}]"], bytes | None), (kind, name)
            assert isinstance(fields[f"evt.rawarg[{name}]"], bytes | int | None), (kind, name)
    assert set(argument_values.VALUES) == set(Meaning)
    assert set(argument_texts.TEXTS) <= set(Meaning)
