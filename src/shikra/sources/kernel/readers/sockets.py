"""
Fields on the socket that a call is about.

Whoever connects or sends is the client. An IPv4 address in an IPv6 socket is an IPv4 address.
"""

import ipaddress
import socket
from collections.abc import Callable

import msgspec

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records

CALLS = frozenset(("connect", "sendto", "sendmsg"))

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
        return f"{here}->{there}".encode()
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
        return read(event.data.call) if event.type in CALLS else None

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
    if event.type not in CALLS or family(event.data.call) not in (IPV4, IPV6):
        return None
    return event.type == "connect" and event.data.call.result == 0


_here, _there = _address(local), _address(remote)
_here_port, _there_port = _port(local), _port(remote)

READERS: Readers = {
    "fd.ip": _both(_here, _there),
    "fd.cip": _here,
    "fd.sip": _there,
    "fd.lip": _here,
    "fd.rip": _there,
    "fd.net": _both(_here, _there),
    "fd.cnet": _here,
    "fd.snet": _there,
    "fd.lnet": _here,
    "fd.rnet": _there,
    "fd.port": _both(_here_port, _there_port),
    "fd.cport": _here_port,
    "fd.sport": _there_port,
    "fd.lport": _here_port,
    "fd.rport": _there_port,
    "fd.l4proto": _read(protocol),
    "fd.sockfamily": _read(_family_name),
    "fd.is_server": _read(lambda call: False if family(call) in (IPV4, IPV6) else None),
    "fd.connected": _is_connected,
}
