"""Fields on sockets."""

import socket
from typing import Any

import pytest

from support.kernel_records import call_event

HERE, THERE = bytes((10, 0, 0, 1)), bytes((169, 254, 169, 254))
MAPPED = bytes(10) + b"\xff\xff"
V6 = socket.inet_pton(socket.AF_INET6, "fd00:ec2::254")

PLAIN = {
    "socket_family": socket.AF_INET,
    "socket_type": socket.SOCK_STREAM,
    "socket_protocol": socket.IPPROTO_TCP,
    "local_address": HERE,
    "local_port": 40000,
    "remote_address": THERE,
    "remote_port": 80,
}
IN_V6 = PLAIN | {
    "socket_family": socket.AF_INET6,
    "local_address": MAPPED + HERE,
    "remote_address": MAPPED + THERE,
}


@pytest.mark.parametrize("values", [pytest.param(PLAIN, id="v4"), pytest.param(IN_V6, id="mapped")])
def test_ipv4_is_ipv4_in_any_socket(values: dict[str, Any]) -> None:
    """Both ends of a connection, from the client's side; a mapped address is an IPv4 address."""
    fields = call_event("connect", **values).fields
    assert fields["fd.name"] == b"10.0.0.1:40000->169.254.169.254:80"
    assert (fields["fd.type"], fields["fd.typechar"]) == (b"ipv4", b"4")
    for name in ("cip", "lip", "cnet", "lnet"):
        assert fields[f"fd.{name}"] == HERE
    for name in ("sip", "rip", "snet", "rnet"):
        assert fields[f"fd.{name}"] == THERE
    assert fields["fd.ip"] == fields["fd.net"] == (HERE, THERE)
    assert (fields["fd.cport"], fields["fd.lport"]) == (40000, 40000)
    assert (fields["fd.sport"], fields["fd.rport"]) == (80, 80)
    assert fields["fd.port"] == (40000, 80)
    assert (fields["fd.l4proto"], fields["fd.sockfamily"]) == (b"tcp", b"ip")
    assert fields["fd.is_server"] is False


def test_ipv6_has_its_own_form() -> None:
    """An IPv6 address is written without brackets, as Falco does."""
    values = PLAIN | {"socket_family": socket.AF_INET6, "local_address": b"", "remote_address": V6}
    fields = call_event("connect", **values).fields
    assert fields["fd.name"] == b":::40000->fd00:ec2::254:80"
    assert (fields["fd.sip"], fields["fd.typechar"]) == (V6, b"6")


def test_an_end_that_is_not_known_has_no_value() -> None:
    """A socket that isn't bound has no address of its own; the other end is still found."""
    fields = call_event("connect", **PLAIN | {"local_address": b"", "local_port": 0}).fields
    assert (fields["fd.lip"], fields["fd.lport"]) == (None, None)
    assert (fields["fd.ip"], fields["fd.port"]) == ((THERE,), (80,))
    assert fields["fd.name"] == b"0.0.0.0:0->169.254.169.254:80"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param(b"/run/containerd.sock", b"/run/containerd.sock", id="path"),
        pytest.param(b"\0systemd", b"@systemd", id="abstract"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_a_unix_socket_is_named_by_its_path(path: bytes | None, name: bytes | None) -> None:
    """A Unix socket has a name and no addresses."""
    fields = call_event("connect", socket_family=socket.AF_UNIX, name=path).fields
    assert fields["fd.name"] == name
    assert (fields["fd.type"], fields["fd.sockfamily"]) == (b"unix", b"unix")
    assert (fields["fd.sip"], fields["fd.l4proto"], fields["fd.connected"]) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "number", "name"),
    [
        pytest.param(socket.SOCK_DGRAM, socket.IPPROTO_UDP, b"udp", id="udp"),
        pytest.param(socket.SOCK_DGRAM, socket.IPPROTO_ICMP, b"icmp", id="icmp"),
        pytest.param(socket.SOCK_RAW, socket.IPPROTO_ICMP, b"raw", id="raw"),
        pytest.param(socket.SOCK_STREAM, socket.IPPROTO_SCTP, None, id="another"),
    ],
)
def test_protocols_have_names(kind: int, number: int, name: bytes | None) -> None:
    """The protocol above IP, by name."""
    values = PLAIN | {"socket_type": kind, "socket_protocol": number}
    assert call_event("sendto", **values).fields["fd.l4proto"] == name


@pytest.mark.parametrize(
    ("kind", "result", "is_connected"),
    [
        pytest.param("connect", 0, True, id="connected"),
        pytest.param("connect", -111, False, id="refused"),
        pytest.param("connect", -115, False, id="still under way"),
        pytest.param("sendto", 5, True, id="data on a stream"),
    ],
)
def test_a_connection_is_told_from_an_attempt(kind: str, result: int, is_connected: bool) -> None:
    """A connect has connected if it came back with success; data goes over a stream that is."""
    assert call_event(kind, result=result, **PLAIN).fields["fd.connected"] is is_connected


DATAGRAM = PLAIN | {"socket_type": socket.SOCK_DGRAM, "socket_protocol": socket.IPPROTO_UDP}


@pytest.mark.parametrize(
    ("kind", "values", "is_server"),
    [
        pytest.param("connect", PLAIN, False, id="who connects"),
        pytest.param("accept4", PLAIN, True, id="who accepts"),
        pytest.param("listen", PLAIN, True, id="who listens"),
        pytest.param("sendto", DATAGRAM, False, id="who sends a datagram"),
        pytest.param("recvfrom", DATAGRAM, True, id="who receives one"),
        pytest.param("sendto", PLAIN, None, id="either, on a stream"),
        pytest.param("dup", PLAIN | {"result": 3}, None, id="nobody"),
    ],
)
def test_roles_follow_from_who_began(
    kind: str, values: dict[str, Any], is_server: bool | None
) -> None:
    """The server's end is this one, the other one, or isn't told; the ends themselves are."""
    fields = call_event(kind, **values).fields
    assert fields["fd.is_server"] is is_server
    server = {True: HERE, False: THERE, None: None}[is_server]
    client = {True: THERE, False: HERE, None: None}[is_server]
    assert (fields["fd.sip"], fields["fd.cip"]) == (server, client)
    assert (fields["fd.lip"], fields["fd.rip"]) == (HERE, THERE)


@pytest.mark.parametrize(
    ("arguments", "is_connected"),
    [pytest.param((5,), True, id="to its peer"), pytest.param((5, 0, 9, 0, 1), False, id="to any")],
)
def test_datagrams_have_a_peer_or_an_address(
    arguments: tuple[int, ...], is_connected: bool
) -> None:
    """A datagram that names no address goes to the peer that the socket is connected to."""
    fields = call_event("sendto", arguments=arguments, **DATAGRAM).fields
    assert fields["fd.connected"] is is_connected


@pytest.mark.parametrize(
    ("kind", "values", "is_new"),
    [
        pytest.param("sendto", DATAGRAM | {"has_new_peer": True}, True, id="another"),
        pytest.param("sendto", DATAGRAM, False, id="the same"),
        pytest.param("openat", {}, None, id="no socket"),
    ],
)
def test_a_new_peer_changes_the_name(
    kind: str, values: dict[str, Any], is_new: bool | None
) -> None:
    """A socket's name changes with its peer; other descriptors keep theirs."""
    assert call_event(kind, **values).fields["fd.name_changed"] is is_new


def test_a_bound_socket_is_named_by_its_own_end() -> None:
    """Where nobody is at the other end, the name is this one's."""
    values = PLAIN | {"remote_address": b"", "remote_port": 0}
    assert call_event("listen", **values).fields["fd.name"] == b"10.0.0.1:40000"


def test_a_file_has_no_ends() -> None:
    """The fields on connections have no value for a file."""
    fields = call_event("openat", name=b"/x").fields
    for name in ("fd.ip", "fd.sip", "fd.sport", "fd.port", "fd.l4proto", "fd.is_server"):
        assert fields[name] is None
