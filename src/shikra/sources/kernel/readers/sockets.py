"""
Fields on the socket that a call is about.

Who connects is the client, who binds, listens or accepts the server; of datagrams, who sends is
the client and who receives the server. Of data on a stream it isn't told who began: client and
server have no value, the local and the remote end do. An IPv4 address in an IPv6 socket is an
IPv4 address.
"""

import ipaddress
import socket
from collections.abc import Callable

import msgspec

from shikra.model.event import Event, Reader, Readers
from shikra.model.event_type import Meaning
from shikra.model.value import Value
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers.wrap import parameter

_SERVE = frozenset(("bind", "listen", "accept", "accept4"))
_RECEIVE = frozenset(("recvfrom", "recvmsg"))
_SEND = frozenset(("sendto", "sendmsg", "sendmmsg"))

IPV4, IPV6, UNIX = "ipv4", "ipv6", "unix"
_MAPPED = bytes(10) + b"\xff\xff"
_PROTOCOLS = {
    socket.IPPROTO_TCP: b"tcp",
    socket.IPPROTO_UDP: b"udp",
    socket.IPPROTO_ICMP: b"icmp",
    socket.IPPROTO_ICMPV6: b"icmp",
}


class End(msgspec.Struct, frozen=True):
    """One end of a connection."""

    address: bytes  # 4 or 16 bytes
    port: int

    def __str__(self) -> str:
        """``127.0.0.1:80``; an IPv6 address has no brackets, as in Falco."""
        return f"{ipaddress.ip_address(self.address)}:{self.port}"

    @property
    def is_known(self) -> bool:
        """Whether it is more than zeros."""
        return bool(self.port or any(self.address))


def is_asked(event: Event) -> bool:
    """Whether the call's descriptor is a socket; what is opened by name never is."""
    if not event.data.call.socket_family or event.type in events.OPENS:
        return False
    return parameter(event, Meaning.OBJECT) is not None


def family(call: records.CallRecord) -> str | None:
    """Return what kind of socket it is."""
    match call.socket_family:
        case socket.AF_UNIX:
            return UNIX
        case socket.AF_INET:
            return IPV4
        case socket.AF_INET6:
            mapped = _MAPPED in (call.remote_address[:12], call.local_address[:12])
            return IPV4 if mapped else IPV6
        case _:
            return None


def local(call: records.CallRecord) -> End | None:
    """Return this end."""
    return _end(call, call.local_address, call.local_port)


def remote(call: records.CallRecord) -> End | None:
    """Return the other end."""
    return _end(call, call.remote_address, call.remote_port)


def name(call: records.CallRecord) -> bytes | None:
    """Return both ends of a connection, or the path of a Unix socket."""
    here, there = local(call), remote(call)
    if here is not None and there is not None:
        return str(here if _is_alone(here, there) else f"{here}->{there}").encode()
    if call.socket_family != socket.AF_UNIX or call.name is None:
        return None
    return b"@" + call.name[1:] if call.name.startswith(b"\0") else call.name


def protocol(call: records.CallRecord) -> bytes | None:
    """Return the protocol above IP."""
    if family(call) not in (IPV4, IPV6):
        return None
    if call.socket_type == socket.SOCK_RAW:
        return b"raw"
    return _PROTOCOLS.get(call.socket_protocol)


def is_server(event: Event) -> bool | None:
    """Return whether this end is the server; ``None`` where it isn't told."""
    call: records.CallRecord = event.data.call
    if not is_asked(event) or family(call) not in (IPV4, IPV6):
        return None
    if event.type in _SERVE:
        return True
    if event.type == "connect":
        return False
    if call.socket_type != socket.SOCK_DGRAM:
        return None
    if event.type in _SEND:
        return False
    return True if event.type in _RECEIVE else None


def _is_alone(here: End, there: End) -> bool:
    """Whether a socket is bound and nobody is at the other end."""
    return here.is_known and not there.is_known


def _end(call: records.CallRecord, address: bytes, port: int) -> End | None:
    match family(call):
        case "ipv4" if call.socket_family == socket.AF_INET:
            return End(address[:4], port)
        case "ipv4":  # mapped; the unspecified address is the same in both
            return End(address[12:16], port)
        case "ipv6":
            return End(address, port)
        case _:
            return None


def _read(read: Callable[[records.CallRecord], Value]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        return read(event.data.call) if is_asked(event) else None

    return reader


def _address(end: Callable[[records.CallRecord], End | None]) -> Reader:
    def address(call: records.CallRecord) -> Value:
        found = end(call)
        return found.address if found is not None and found.is_known else None

    return _read(address)


def _port(end: Callable[[records.CallRecord], End | None]) -> Reader:
    def port(call: records.CallRecord) -> Value:
        found = end(call)
        return found.port if found is not None and found.is_known else None

    return _read(port)


def _both(one: Reader, other: Reader) -> Reader:
    def reader(event: Event, argument: str | None) -> Value:
        values = (one(event, argument), other(event, argument))
        return tuple(value for value in values if value is not None) or None

    return reader


def _family_name(call: records.CallRecord) -> Value:
    found = family(call)
    if found is None:
        return None
    return b"unix" if found == UNIX else b"ip"


def _is_connected(event: Event, _argument: str | None) -> Value:
    call: records.CallRecord = event.data.call
    if not is_asked(event) or family(call) not in (IPV4, IPV6):
        return None
    if event.type == "connect":
        return call.result == 0
    there = remote(call)
    is_held = there is not None and there.is_known
    peer = parameter(event, Meaning.PEER)
    if call.socket_type != socket.SOCK_STREAM and peer and peer.at is not None:
        return is_held and not call.argument(peer.at)  # a datagram with an address needs no peer
    return is_held


def _of_server(here: Reader, there: Reader) -> Reader:
    def reader(event: Event, argument: str | None) -> Value:
        match is_server(event):
            case True:
                return here(event, argument)
            case False:
                return there(event, argument)
            case None:
                return None

    return reader


_here, _there = _address(local), _address(remote)
_here_port, _there_port = _port(local), _port(remote)
_server, _client = _of_server(_here, _there), _of_server(_there, _here)
_server_port, _client_port = (
    _of_server(_here_port, _there_port),
    _of_server(_there_port, _here_port),
)

READERS: Readers = {
    "fd.ip": _both(_here, _there),
    "fd.cip": _client,
    "fd.sip": _server,
    "fd.lip": _here,
    "fd.rip": _there,
    "fd.net": _both(_here, _there),
    "fd.cnet": _client,
    "fd.snet": _server,
    "fd.lnet": _here,
    "fd.rnet": _there,
    "fd.port": _both(_here_port, _there_port),
    "fd.cport": _client_port,
    "fd.sport": _server_port,
    "fd.lport": _here_port,
    "fd.rport": _there_port,
    "fd.l4proto": _read(protocol),
    "fd.sockfamily": _read(_family_name),
    "fd.is_server": lambda event, _: is_server(event),
    "fd.connected": _is_connected,
    "fd.name_changed": lambda event, _: event.data.has_new_peer if is_asked(event) else None,
}
