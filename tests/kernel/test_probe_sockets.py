"""What the probe tells of connections."""

import ipaddress

import pytest

from support.probing import Told, Watch

pytestmark = pytest.mark.kernel

REFUSED, IN_PROGRESS, NOT_A_SOCKET = -111, -115, -88
STREAM, DATAGRAM = 1, 2
UNIX, INET, INET6 = 1, 2, 10
TCP, UDP = 6, 17


def end(record: Told, which: str) -> tuple[str, int]:
    """Return an end of the connection as address and port."""
    address = getattr(record, f"{which}_address")
    if record.socket_family == INET:
        address = address[:4]
    return str(ipaddress.ip_address(address)), getattr(record, f"{which}_port")


@pytest.mark.parametrize(
    ("family", "address"),
    [pytest.param(INET, "127.0.0.1", id="IPv4"), pytest.param(INET6, "::1", id="IPv6")],
)
def test_a_connection_has_both_ends(watch: Watch, family: int, address: str) -> None:
    """A connection that is made has the addresses and ports of both ends."""
    source = (
        f"server = socket.create_server((sys.argv[1], 0), family={family})\n"
        f"client = socket.socket({family}); client.connect(server.getsockname()[:2])\n"
        "tell(server.getsockname()[1], client.getsockname()[1])"
    )
    seen = watch.run(source, address)
    server, client = seen.printed[0]
    [call] = seen.calls("connect")
    assert call.result == 0
    assert (end(call, "local"), end(call, "remote")) == ((address, client), (address, server))
    told = (call.socket_family, call.socket_type, call.socket_protocol)
    assert told == (family, STREAM, TCP)
    assert call.object == watch.types.enum("object_kind")["OBJECT_SOCKET"]


@pytest.mark.parametrize(
    ("prepare", "result"),
    [
        pytest.param("pass", REFUSED, id="refused"),
        pytest.param("client.setblocking(False)", IN_PROGRESS, id="in progress"),
    ],
)
def test_a_connection_that_is_not_made_has_its_address(
    watch: Watch, prepare: str, result: int
) -> None:
    """Refused or not ready, a connection has the address that was asked for."""
    source = (
        "held = socket.socket(); held.bind(('127.0.0.1', 0))\n"
        f"client = socket.socket(); {prepare}\n"
        "client.connect_ex(held.getsockname()); tell(held.getsockname()[1])"
    )
    seen = watch.run(source)
    [call] = seen.calls("connect")
    assert call.result == result
    assert end(call, "remote") == ("127.0.0.1", seen.printed[0][0])


def test_any_address_is_the_one_it_means(watch: Watch) -> None:
    """A connection to 0.0.0.0 is told where it went: to this machine."""
    source = (
        "server = socket.create_server(('127.0.0.1', 0)); client = socket.socket()\n"
        "client.connect(('0.0.0.0', server.getsockname()[1])); tell(server.getsockname()[1])"
    )
    seen = watch.run(source)
    [call] = seen.calls("connect")
    assert end(call, "remote") == ("127.0.0.1", seen.printed[0][0])


def test_a_datagram_socket_connects(watch: Watch) -> None:
    """Connecting a UDP socket is told as such."""
    seen = watch.run("socket.socket(2, 2).connect(('127.0.0.9', 53))")
    [call] = seen.calls("connect")
    told = (call.socket_family, call.socket_type, call.socket_protocol)
    assert told == (INET, DATAGRAM, UDP)
    assert end(call, "remote") == ("127.0.0.9", 53)


@pytest.mark.parametrize(
    "send",
    [
        pytest.param("s.sendto(b'x', ('127.0.0.9', 5353))", id="sendto"),
        pytest.param("s.sendmsg([b'x'], [], 0, ('127.0.0.9', 5353))", id="sendmsg"),
    ],
)
def test_a_datagram_has_its_address(watch: Watch, send: str) -> None:
    """A datagram that names its address is told with it, and with its result."""
    seen = watch.run(f"s = socket.socket(2, 2); {send}")
    [call] = seen.calls("sendto", "sendmsg")
    assert (call.result, end(call, "remote")) == (1, ("127.0.0.9", 5353))
    assert call.socket_type == DATAGRAM


def test_ipv4_on_an_ipv6_socket_is_mapped(watch: Watch) -> None:
    """On an IPv6 socket an IPv4 address is told as the mapped one."""
    seen = watch.run("s = socket.socket(10, 2); s.sendto(b'x', ('::ffff:127.0.0.9', 5353))")
    [call] = seen.calls("sendto")
    mapped = ipaddress.ip_address("::ffff:127.0.0.9")  # written otherwise from Python 3.13 on
    assert end(call, "remote") == (str(mapped), 5353)


def test_what_names_no_address_is_no_event(watch: Watch) -> None:
    """Sending on a connected socket is no event."""
    source = (
        "a, b = socket.socketpair()\n"
        "a.send(b'x'); a.sendmsg([b'x'])\n"
        "s = socket.socket(2, 2); s.connect(('127.0.0.9', 53)); s.send(b'x')"
    )
    assert watch.run(source).calls("sendto", "sendmsg") == []


@pytest.mark.parametrize(
    ("address", "name"),
    [
        pytest.param(b"/run/none.sock", b"/run/none.sock", id="path"),
        pytest.param(b"/run/none.sock\0rest", b"/run/none.sock", id="path that ends early"),
        pytest.param(b"\0hidden\0name", b"\0hidden\0name", id="abstract"),
        pytest.param(b"/" + b"x" * 107, b"/" + b"x" * 107, id="longest, without a NUL"),
    ],
)
def test_a_unix_socket_has_its_name(watch: Watch, address: bytes, name: bytes) -> None:
    """The address of a Unix socket is told as far as the kernel reads it."""
    source = (
        f"address = struct.pack('H', 1) + {address!r}; s = socket.socket(1)\n"
        "after = ctypes.create_string_buffer(address + b'more')\n"
        "syscall(42, s.fileno(), after, len(address))"
    )
    seen = watch.run(source)
    [call] = [each for each in seen.calls("connect") if each.name == name]
    assert (call.socket_family, call.socket_type) == (UNIX, STREAM)


def test_what_is_no_socket_is_told_by_its_address(watch: Watch) -> None:
    """Connecting something else fails, and has the address that was given."""
    source = "syscall(42, 1, struct.pack('=HH4s8x', 2, 0x5000, bytes([10, 1, 2, 3])), 16)"
    [call] = watch.run(source).calls("connect")
    assert call.result == NOT_A_SOCKET
    assert call.object != watch.types.enum("object_kind")["OBJECT_SOCKET"]
    assert end(call, "remote") == ("10.1.2.3", 80)


def test_an_unreadable_address_is_counted(watch: Watch) -> None:
    """An address that can't be read is counted, and the call is told."""
    seen = watch.run("s = socket.socket(); syscall(42, s.fileno(), 8, 16)")
    [call] = seen.calls("connect")
    assert call.result == -14
    assert seen.losses["LOSS_ADDRESS_UNREADABLE"] >= 1
