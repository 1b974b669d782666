"""What the probe tells of calls by the 32-bit table, made by a 64-bit process."""

import platform
from pathlib import Path
from typing import Any

import pytest

from support import compat
from support.calling import ANY, NEW, compare, told
from support.probing import Watch

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="int 0x80 is x86-64's"),
]

NO_FILE, BAD_DESCRIPTOR, REFUSED = -2, -9, -111
PORT = 9  # nobody listens there
LOOPBACK = bytes([127, 0, 0, 1])
INET = f"struct.pack('=H', 2) + struct.pack('!H', {PORT}) + bytes([127, 0, 0, 1]) + bytes(8)"
STREAM, DATAGRAM = 1, 2


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param(
            "open",
            "call32('open', b'file', os.O_CREAT | os.O_RDWR, 0o600)",
            {
                "name": "file",
                "base": "{place}",
                "real": "{place}/file",
                "open_flags": 0o102,
                "result": NEW,
            },
            id="open",
        ),
        pytest.param(
            "openat",
            "call32('openat', os.open('/etc', 0), b'hostname', 0)",
            {"name": "hostname", "base": "/etc", "real": "/etc/hostname", "result": NEW},
            id="openat",
        ),
        pytest.param(
            "openat2",
            "call32('openat2', -100, b'/etc/hostname', struct.pack('3Q', 0, 0, 0), 24)",
            {"name": "/etc/hostname", "real": "/etc/hostname", "result": NEW},
            id="openat2",
        ),
        pytest.param(
            "creat",
            "call32('creat', b'file', 0o600)",
            {"name": "file", "base": ANY, "real": ANY, "open_flags": 0o1101, "result": NEW},
            id="creat",
        ),
        pytest.param(
            "execve",
            "call32('execve', b'/none', 0, 0)",
            {"name": "/none", "result": NO_FILE},
            id="failed exec",
        ),
        pytest.param(
            "renameat",
            "call32('renameat', -100, b'none', -100, b'new')",
            {
                "name": "none",
                "base": "{place}",
                "target": "new",
                "target_base": "{place}",
                "result": NO_FILE,
            },
            id="renameat: negative descriptors",
        ),
        pytest.param(
            "chown",
            "call32(212, b'/none', -1, 7)",
            {
                "name": "/none",
                "arguments_1": 2**32 - 1,
                "arguments_2": 7,
                "result": NO_FILE,
            },
            id="chown of 32 bits",
        ),
        pytest.param("setuid", "call32(23, 0)", {"arguments_0": 0}, id="setuid of 16 bits"),
        pytest.param(
            "umount",
            "call32('umount', b'/none')",
            {"name": "/none", "result": NO_FILE},
            id="umount",
        ),
        pytest.param(
            "ptrace",
            "call32('ptrace', 16, 2**22, 0, 0)",
            {"arguments_0": 16, "arguments_1": 2**22, "result": ANY},
            id="ptrace",
        ),
    ],
)
def test_calls_of_the_32_bit_table(
    watch: Watch, tmp_path: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A call by the other table has its name, its arguments and its paths."""
    call = told(watch, tmp_path, name, compat.SOURCE + source)
    compare(call, tmp_path, members)
    assert "compat" in watch.flags("call_flag", "CALL_", call.flags)


@pytest.mark.parametrize(
    ("name", "source", "socket_type"),
    [
        pytest.param(
            "connect",
            f"call32('connect', stream.fileno(), {INET}, 16)",
            STREAM,
            id="connect",
        ),
        pytest.param(
            "connect",
            f"call32('socketcall', 3, struct.pack('3I', stream.fileno(), low({INET}), 16))",
            STREAM,
            id="connect by socketcall",
        ),
        pytest.param(
            "sendto",
            f"call32('sendto', datagram.fileno(), b'x', 1, 0, {INET}, 16)",
            DATAGRAM,
            id="sendto",
        ),
        pytest.param(
            "sendto",
            "call32('socketcall', 11,"
            f" struct.pack('6I', datagram.fileno(), low(b'x'), 1, 0, low({INET}), 16))",
            DATAGRAM,
            id="sendto by socketcall",
        ),
        pytest.param(
            "sendmsg",
            f"message = struct.pack('7I', low({INET}), 16, 0, 0, 0, 0, 0)\n"
            "call32('sendmsg', datagram.fileno(), message, 0)",
            DATAGRAM,
            id="sendmsg: a struct of 32 bits",
        ),
        pytest.param(
            "sendmsg",
            f"message = low(struct.pack('7I', low({INET}), 16, 0, 0, 0, 0, 0))\n"
            "call32('socketcall', 16, struct.pack('3I', datagram.fileno(), message, 0))",
            DATAGRAM,
            id="sendmsg by socketcall",
        ),
    ],
)
def test_addresses_of_the_32_bit_table(
    watch: Watch, tmp_path: Path, name: str, source: str, socket_type: int
) -> None:
    """A call on a socket has its address, also where one call stands for all of them."""
    prepared = "stream = socket.socket(2, 1); datagram = socket.socket(2, 2)\n"
    call = told(watch, tmp_path, name, prepared + compat.SOURCE + source)
    assert (call.remote_address[:4], call.remote_port) == (LOOPBACK, PORT)
    assert (call.socket_type, call.socket_protocol) in ((STREAM, 6), (DATAGRAM, 17))
    assert call.socket_type == socket_type


def test_accept_by_socketcall_is_accept(watch: Watch, tmp_path: Path) -> None:
    """The 32-bit table has no accept of its own; by socketcall it is one."""
    source = (
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        "call32('socketcall', 5, struct.pack('3I', server.fileno(), 0, 0))\n"
    )
    call = told(watch, tmp_path, "accept", compat.SOURCE + source)
    assert call.result == call.descriptor >= 0
    assert call.remote_address[:4] == call.local_address[:4] == LOOPBACK


def test_sending_without_an_address_is_no_event(watch: Watch) -> None:
    """The send of socketcall has no address, whatever stands behind its arguments."""
    source = (
        "a, b = socket.socketpair()\n"
        "call32('socketcall', 9, struct.pack('6I', a.fileno(), low(b'x'), 1, 0, low(b'x'), 16))\n"
    )
    seen = watch.run(compat.SOURCE + source, wanted=frozenset({"sendto"}))
    assert seen.calls("sendto") == []


def test_a_32_bit_program_is_an_exec(watch: Watch, tmp_path: Path) -> None:
    """A 32-bit program that a 64-bit one executes returns by the other table, and is told."""
    header = (
        "b'\\x7fELF\\x01\\x01\\x01' + bytes(9)"
        " + struct.pack('HHIIIIIHHHHHH', 2, 3, 1, 0x8048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)"
        " + struct.pack('8I', 1, 0, 0x8048000, 0x8048000, 100, 100, 5, 4096)"
    )
    exit_0 = "bytes.fromhex('31db 31c0 40 cd80')"  # xor ebx, ebx; xor eax, eax; inc eax; int 0x80
    source = (
        f"data = {header} + {exit_0}\n"
        "open('small', 'wb').write(data.ljust(100, b'\\0')); os.chmod('small', 0o755)\n"
        "child = os.fork()\n"
        "if not child: os.execv('./small', ['small'])\n"
        "tell(os.waitpid(child, 0)[1])"
    )
    whole = f"import struct\nos.chdir({str(tmp_path)!r})\n{source}"
    seen = watch.run(whole, wanted=frozenset({"execve"}))
    assert seen.printed == [[0]]
    call = seen.calls("execve")[-1]
    assert (call.comm, call.result) == (b"small", 0)
    assert "compat" in watch.flags("call_flag", "CALL_", call.flags)
