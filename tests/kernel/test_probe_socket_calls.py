"""What the probe tells of calls on sockets beside connecting and sending."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from support.calling import ANY, NEW, compare, told
from support.probing import Told, Watch

pytestmark = pytest.mark.kernel

IN_USE, REFUSED, UNSUPPORTED = -98, -111, -95
UNIX, INET, INET6, STREAM, DATAGRAM = 1, 2, 10, 1, 2


def ends(call: Told) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return both ends as addresses and ports."""
    size = 4 if call.socket_family == INET else 16
    local = str(ipaddress.ip_address(call.local_address[:size])), call.local_port
    return local, (str(ipaddress.ip_address(call.remote_address[:size])), call.remote_port)


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param(
            "socket",
            "call('socket', 17, 0o2000003, 0)",
            {
                "arguments_0": 17,
                "arguments_1": 0o2000003,
                "result": NEW,
                "socket_family": 17,
                "socket_type": 3,
            },
            id="packet socket",
        ),
        pytest.param(
            "socket",
            "call('socket', 99, 1, 0)",
            {"arguments_0": 99, "socket_family": 0, "result": ANY, "facts": 0},
            id="socket of no family",
        ),
        pytest.param(
            "socketpair",
            "socket.socketpair()",
            {"arguments_0": UNIX, "arguments_1": 0o2000001},
            id="socketpair",
        ),
        pytest.param(
            "bind",
            "socket.socket(2, 2).bind(('127.0.0.5', 0))",
            {"socket_family": INET, "local_address": bytes([127, 0, 0, 5]) + bytes(12)},
            id="bind, to any port",
        ),
        pytest.param(
            "bind",
            "a = socket.socket(); a.bind(('127.0.0.5', 40123))\n"
            "b = socket.socket(); call('bind', b.fileno(), struct.pack('=H', 2)"
            " + struct.pack('!H', 40123) + bytes([127, 0, 0, 5]) + bytes(8), 16)",
            {
                "local_address": bytes([127, 0, 0, 5]) + bytes(12),
                "local_port": 40123,
                "result": IN_USE,
                "remote_port": 0,
            },
            id="failed bind: what was asked for",
        ),
        pytest.param(
            "bind",
            "socket.socket(1).bind('here')",
            {"socket_family": UNIX, "name": "here"},
            id="bind of a Unix socket",
        ),
        pytest.param(
            "listen",
            "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(7)",
            {
                "arguments_1": 7,
                "local_address": bytes([127, 0, 0, 1]) + bytes(12),
                "remote_port": 0,
            },
            id="listen",
        ),
    ],
)
def test_calls_on_sockets(
    watch: Watch, tmp_path: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A call on a socket has what the socket is, and its own end."""
    compare(told(watch, tmp_path, name, source), tmp_path, members)


@pytest.mark.parametrize(
    ("name", "accept"),
    [
        pytest.param("accept", "call('accept', server.fileno(), None, None)", id="accept"),
        pytest.param(
            "accept4", "call('accept4', server.fileno(), None, None, 0o4000)", id="accept4"
        ),
    ],
)
@pytest.mark.parametrize(
    ("family", "address"),
    [pytest.param(INET, "127.0.0.1", id="IPv4"), pytest.param(INET6, "::1", id="IPv6")],
)
def test_an_accepted_connection_has_both_ends(
    watch: Watch, name: str, accept: str, family: int, address: str
) -> None:
    """Who accepts has both ends, though it names none."""
    source = (
        f"server = socket.create_server(({address!r}, 0), family={family})\n"
        f"client = socket.create_connection(server.getsockname()[:2]); {accept}\n"
        "tell(server.getsockname()[1], client.getsockname()[1])"
    )
    seen = watch.run(source, wanted=frozenset({name}))
    [[server, client]] = seen.printed
    [call] = seen.calls(name)
    assert call.result == call.descriptor >= 0
    assert ends(call) == ((address, server), (address, client))
    assert (call.socket_family, call.socket_type) == (family, STREAM)


@pytest.mark.parametrize("name", ["dup", "dup2", "dup3"])
def test_a_connection_by_another_number_is_one_still(watch: Watch, name: str) -> None:
    """A shell that is bound to a connection shows by whose descriptor it duplicates."""
    more = {"dup": "", "dup2": ", 77", "dup3": ", 77, 0"}[name]
    source = (
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        f"call('{name}', client.fileno(){more})\n"
        "tell(server.getsockname()[1], client.getsockname()[1])"
    )
    seen = watch.run(source, wanted=frozenset({name}))
    [[server, client]] = seen.printed
    call = seen.calls(name)[-1]
    assert ends(call) == (("127.0.0.1", client), ("127.0.0.1", server))
    assert call.object == watch.types.enum("object_kind")["OBJECT_SOCKET"]


RECEIVE = (
    "a, b = socket.socket(2, 2), socket.socket(2, 2)\n"
    "a.bind(('127.0.0.1', 0)); b.bind(('127.0.0.1', 0))\n"
    "b.sendto(b'x', a.getsockname())\n"
    "{receive}\n"
    "tell(a.getsockname()[1], b.getsockname()[1])"
)


@pytest.mark.parametrize(
    ("name", "receive"),
    [
        pytest.param("recvfrom", "a.recvfrom(10)", id="recvfrom"),
        pytest.param("recvmsg", "a.recvmsg(10)", id="recvmsg"),
    ],
)
def test_a_datagram_that_came_has_its_sender(watch: Watch, name: str, receive: str) -> None:
    """Who receives a datagram and asks who sent it is told with both ends."""
    seen = watch.run(RECEIVE.format(receive=receive), wanted=frozenset({name}))
    [[receiver, sender]] = seen.printed
    [call] = seen.calls(name)
    assert (call.result, ends(call)) == (1, (("127.0.0.1", receiver), ("127.0.0.1", sender)))


@pytest.mark.parametrize(
    "receive",
    [
        pytest.param("a.recv(10)", id="recv"),
        pytest.param("call('recvfrom', a.fileno(), bytes(10), 10, 0, None, None)", id="no room"),
    ],
)
def test_who_does_not_ask_for_the_sender_makes_no_event(watch: Watch, receive: str) -> None:
    """Receiving without an address is no event."""
    wanted = frozenset({"recvfrom", "recvmsg"})
    assert watch.run(RECEIVE.format(receive=receive), wanted=wanted).calls(*wanted) == []


@pytest.mark.parametrize(
    ("name", "send"),
    [
        pytest.param("sendto", "s.sendto(b'x', 0x20000000, address)", id="sendto"),
        pytest.param("sendmsg", "s.sendmsg([b'x'], [], 0x20000000, address)", id="sendmsg"),
    ],
)
def test_a_fast_open_has_both_ends(watch: Watch, name: str, send: str) -> None:
    """A connection that is made by sending has the ends that the socket has."""
    source = (
        "server = socket.create_server(('127.0.0.1', 0)); address = server.getsockname()\n"
        f"s = socket.socket(); {send}; tell(s.getsockname()[1], address[1])"
    )
    seen = watch.run(source, wanted=frozenset({name}))
    [[client, server]] = seen.printed
    [call] = seen.calls(name)
    assert ends(call) == (("127.0.0.1", client), ("127.0.0.1", server))
    assert (call.socket_type, call.socket_protocol) == (STREAM, 6)


def test_an_address_on_a_connection_is_not_believed(watch: Watch) -> None:
    """What a caller names beside a connection that stands isn't where it sends."""
    source = (
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "s = socket.create_connection(server.getsockname())\n"
        "call('sendto', s.fileno(), b'x', 1, 0, struct.pack('=HH4s8x', 2, 0x5000,"
        " bytes([10, 1, 2, 3])), 16)\n"
        "tell(server.getsockname()[1])"
    )
    seen = watch.run(source, wanted=frozenset({"sendto"}))
    [call] = seen.calls("sendto")
    assert ends(call)[1] == ("127.0.0.1", seen.printed[0][0])
