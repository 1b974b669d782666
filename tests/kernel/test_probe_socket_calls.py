"""What the probe tells of calls on sockets beside connecting and sending."""

import ipaddress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shikra.backends.kernel.compile import compile_tables
from support import rulesets
from support.calling import ANY, NEW, compare, told
from support.probing import Told, Watch

pytestmark = pytest.mark.kernel

NOBODY = "0.0.0.0"  # noqa: S104  an address that nobody has

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
            "s = socket.socket(1); s.bind('here'); s.listen(7)",
            {"socket_family": UNIX, "name": "here"},
            id="listen on a Unix socket",
        ),
        pytest.param(
            "listen",
            "s = socket.socket(1); call('listen', s.fileno(), 7)",
            {"socket_family": UNIX, "result": ANY},
            id="listen on one that has no name",
        ),
        pytest.param(
            "accept",
            "s = socket.socket(1); s.bind('\\0hidden'); s.listen()\n"
            "c = socket.socket(1); c.connect('\\0hidden'); call('accept', s.fileno(), None, None)",
            {"socket_family": UNIX, "name": "\0hidden", "result": NEW},
            id="accept on a Unix socket",
        ),
        pytest.param(
            "dup",
            "s = socket.socket(1); s.bind('\\0hidden'); s.listen()\n"
            "c = socket.socket(1); c.connect('\\0hidden'); os.dup(c.fileno())\n"
            "call('dup', c.fileno())",
            {"socket_family": UNIX, "name": "\0hidden", "result": NEW},
            id="the client's end of a Unix connection",
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
def test_who_does_not_ask_for_the_sender_is_not_told(watch: Watch, receive: str) -> None:
    """Receiving without an address has no other end, but what was received."""
    wanted = frozenset({"recvfrom", "recvmsg"})
    seen = watch.run(RECEIVE.format(receive=receive), wanted=wanted)
    [[receiver, _]] = seen.printed
    [call] = seen.calls(*wanted)
    assert (call.result, call.data) == (1, b"x")
    assert ends(call) == (("127.0.0.1", receiver), (NOBODY, 0))


LONG = bytes(range(200))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("sendto", "b.sendto({data}, a.getsockname())", id="sendto"),
        pytest.param(
            "sendmsg", "b.sendmsg([{data}, b'rest'], [], 0, a.getsockname())", id="sendmsg"
        ),
        pytest.param(
            "recvfrom", "b.sendto({data}, a.getsockname()); a.recvfrom(500)", id="recvfrom"
        ),
        pytest.param("recvmsg", "b.sendto({data}, a.getsockname()); a.recvmsg(500)", id="recvmsg"),
        pytest.param("recvfrom", "d.sendall({data}); c.recv(500)", id="on a stream"),
    ],
)
@pytest.mark.parametrize(
    "data", [pytest.param(b"short", id="short"), pytest.param(LONG, id="long")]
)
def test_the_beginning_of_data_is_told(watch: Watch, name: str, source: str, data: bytes) -> None:
    """Of what is sent or received the first bytes are told; of a message, its first piece's."""
    sockets = (
        "a, b = socket.socket(2, 2), socket.socket(2, 2); a.bind(('127.0.0.1', 0))\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "d = socket.create_connection(server.getsockname()); c, _ = server.accept()\n"
    )
    seen = watch.run(sockets + source.format(data=data), wanted=frozenset({name}))
    assert seen.calls(name)[-1].data == data[:80]


def test_nothing_is_told_of_data_that_did_not_move(watch: Watch) -> None:
    """A receive that fails has no data."""
    source = (
        "a = socket.socket(2, 2); a.setblocking(False)\n"
        "try: a.recvfrom(10)\nexcept BlockingIOError: pass"
    )
    assert watch.run(source, wanted=frozenset({"recvfrom"})).calls("recvfrom")[-1].data is None


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


MESSAGES = """
held = []
def pointer(data):
    held.append(ctypes.create_string_buffer(data, len(data)))
    return ctypes.addressof(held[-1])
def inet(last, port):
    return struct.pack('=H', 2) + struct.pack('!H', port) + bytes([127, 0, 0, last]) + bytes(8)
def unix(name):
    return struct.pack('=H', 1) + name
def message(address):
    vector = pointer(struct.pack('2Q', pointer(b'x'), 1))
    place = pointer(address) if address else 0
    return struct.pack('QIxxxxQQQQIxxxxIxxxx', place, len(address), vector, 1, 0, 0, 0, 0)
def send(s, *addresses):
    data = b''.join(map(message, addresses))
    return call('sendmmsg', s.fileno(), pointer(data), len(addresses), 0)
"""
"""``send`` sends a message to each address, by one call."""


@pytest.mark.parametrize(
    ("send", "sent"),
    [
        pytest.param("inet(1, 5001), inet(2, 5002)", [(1, 5001), (2, 5002)], id="to two"),
        pytest.param(
            "*[inet(1, 5001)] * 20, inet(2, 5002), inet(1, 5001)",
            [(1, 5001), (2, 5002), (1, 5001)],
            id="a burst to one is told once",
        ),
        pytest.param(
            "*(inet(1, 1000 + n) for n in range(1024))",
            [(1, 1000 + n) for n in range(1024)],
            id="as many as the kernel takes",
        ),
    ],
)
def test_each_message_has_its_address(watch: Watch, send: str, sent: list[tuple[int, int]]) -> None:
    """A call that sends several messages is an event for each place that it sends to."""
    source = f"{MESSAGES}s = socket.socket(2, 2); tell(send(s, {send}))"
    seen = watch.run(source, wanted=frozenset({"sendmmsg"}))
    told_ends = [(call.remote_address[3], call.remote_port) for call in seen.calls("sendmmsg")]
    assert told_ends == sent
    assert {call.result for call in seen.calls("sendmmsg")} == {seen.printed[0][0]}


def test_messages_to_unix_sockets_have_their_names(watch: Watch) -> None:
    """Each message has its own socket's name, and nothing of the one before."""
    source = (
        f"{MESSAGES}a = socket.socket(1, 2); a.bind('\\0one'); b = socket.socket(1, 2)\n"
        "b.bind('\\0other'); send(socket.socket(1, 2), unix(b'\\0one'), unix(b'\\0other'))"
    )
    seen = watch.run(source, wanted=frozenset({"sendmmsg"}))
    assert [call.name for call in seen.calls("sendmmsg")] == [b"\0one", b"\0other"]


def test_messages_without_an_address_are_no_events(watch: Watch) -> None:
    """What goes to the peer of a connection names no address."""
    source = (
        f"{MESSAGES}there = socket.socket(2, 2); there.bind(('127.0.0.1', 0))\n"
        "s = socket.socket(2, 2); s.connect(there.getsockname())\n"
        "tell(send(s, b'', inet(2, 5002), b''))"
    )
    seen = watch.run(source, wanted=frozenset({"sendmmsg"}))
    [call] = seen.calls("sendmmsg")
    assert (call.result, call.remote_port) == (3, 5002)


def test_messages_that_were_not_sent_have_the_first_address(watch: Watch) -> None:
    """Of a call that failed, the first message did."""
    source = f"{MESSAGES}s = socket.socket(2, 1); tell(send(s, inet(1, 5001), inet(2, 5002)))"
    seen = watch.run(source, wanted=frozenset({"sendmmsg"}))
    [call] = seen.calls("sendmmsg")
    assert call.result < 0
    assert call.remote_port == 5001


def test_each_call_begins_anew(watch: Watch) -> None:
    """A message to where the last of another call went is told."""
    source = f"{MESSAGES}s = socket.socket(2, 2)\nfor _ in range(2): send(s, inet(1, 5001))"
    seen = watch.run(source, wanted=frozenset({"sendmmsg"}))
    assert [call.remote_port for call in seen.calls("sendmmsg")] == [5001, 5001]


def test_each_message_is_decided_by_itself(watch: Watch) -> None:
    """A message that no rule matches takes none of the others with it."""
    loaded = rulesets.load(rulesets.rule_text("evt.type = sendmsg and fd.rport in (5002, 5004)"))
    tables = compile_tables(loaded.ruleset).tables
    classes = [msgspec.structs.replace(each, event_type="sendmmsg") for each in tables.classes]
    source = f"{MESSAGES}send(socket.socket(2, 2), *(inet(1, 5000 + n) for n in range(6)))"
    wanted = msgspec.structs.replace(tables, classes=tuple(classes))
    seen = watch.run(source, wanted=wanted)
    assert [call.remote_port for call in seen.calls("sendmmsg")] == [5002, 5004]
