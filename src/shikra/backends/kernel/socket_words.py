"""
Words of the fields on the socket that a call is about.

Who connects is the client, who binds, listens or accepts the server; of datagrams, who sends is the
client and who receives the server. Of data on a stream it isn't told who began. An IPv4 address in
an IPv6 socket is an IPv4 address.
"""

import functools
import socket
from collections.abc import Mapping

from shikra.backends.kernel import networks
from shikra.backends.kernel.meaning import FALSE, TRUE, Meaning, both, either, opposite
from shikra.backends.kernel.words import (
    Address,
    Ends,
    Finite,
    Number,
    Split,
    Untold,
    Word,
    boolean,
)
from shikra.model.kernel_tables import Compare

_SERVE = frozenset(("bind", "listen", "accept", "accept4"))
_SEND = frozenset(("sendto", "sendmsg", "sendmmsg"))
_RECEIVE = frozenset(("recvfrom", "recvmsg"))

_LOCAL, _REMOTE = ("HAS_LOCAL",), ("HAS_REMOTE",)
_HERE = Address("local", _LOCAL)
_THERE = Address("remote", _REMOTE)
_HERE_PORT = Number(member="local_port", needs=_LOCAL)
_THERE_PORT = Number(member="remote_port", needs=_REMOTE)

_FAMILY = Number(member="socket_family")
_TYPE = Number(member="socket_type")
_PROTOCOL = Number(member="socket_protocol")
_IS_UNIX = _FAMILY.test(Compare.EQ, socket.AF_UNIX)
_IS_INET6 = _FAMILY.test(Compare.EQ, socket.AF_INET6)
_IS_MAPPED = either(networks.is_mapped(Address(end, ())) for end in ("local", "remote"))
_IS_IPV6 = both(_IS_INET6, opposite(_IS_MAPPED))
_IS_IPV4 = either((_FAMILY.test(Compare.EQ, socket.AF_INET), both(_IS_INET6, _IS_MAPPED)))
_IS_IP = _FAMILY.test(Compare.IN, socket.AF_INET, socket.AF_INET6)
_IS_RAW = _TYPE.test(Compare.EQ, socket.SOCK_RAW)
_IS_DATAGRAM = _TYPE.test(Compare.EQ, socket.SOCK_DGRAM)
_IS_COOKED = both(_IS_IP, opposite(_IS_RAW))
_CONNECTED = Number(member="result", is_signed=True).test(Compare.EQ, 0)

IS_SOCKET = _FAMILY.test(Compare.NE, 0)


def _protocol(*numbers: int) -> Meaning:
    return both(_IS_COOKED, _PROTOCOL.test(Compare.IN, *numbers))


def _kinds(ipv4: bytes, ipv6: bytes, unix: bytes) -> Word:
    return Finite(((ipv4, _IS_IPV4), (ipv6, _IS_IPV6), (unix, _IS_UNIX)))


TYPE = _kinds(b"ipv4", b"ipv6", b"unix")
TYPE_CHARACTER = _kinds(b"4", b"6", b"u")
NAME = Untold("the names of sockets are written in user space")

_ENDS: Mapping[str, Word] = {
    "fd.ip": Ends((_HERE, _THERE)),
    "fd.lip": _HERE,
    "fd.rip": _THERE,
    "fd.net": Ends((_HERE, _THERE)),
    "fd.lnet": _HERE,
    "fd.rnet": _THERE,
    "fd.port": Ends((_HERE_PORT, _THERE_PORT)),
    "fd.lport": _HERE_PORT,
    "fd.rport": _THERE_PORT,
    "fd.l4proto": Finite(
        (
            (b"raw", both(_IS_IP, _IS_RAW)),
            (b"tcp", _protocol(socket.IPPROTO_TCP)),
            (b"udp", _protocol(socket.IPPROTO_UDP)),
            (b"icmp", _protocol(socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6)),
        )
    ),
    "fd.sockfamily": Finite(((b"unix", _IS_UNIX), (b"ip", _IS_IP))),
}
_SERVER_FIRST: Mapping[str, tuple[Word, Word]] = {
    "fd.sip": (_HERE, _THERE),
    "fd.cip": (_THERE, _HERE),
    "fd.snet": (_HERE, _THERE),
    "fd.cnet": (_THERE, _HERE),
    "fd.sport": (_HERE_PORT, _THERE_PORT),
    "fd.cport": (_THERE_PORT, _HERE_PORT),
}
"""What a field is where this end is the server, and where it is the client."""

NAMES = frozenset((*_ENDS, *_SERVER_FIRST, "fd.is_server", "fd.connected"))
"""Fields that only a socket has."""


@functools.cache
def words(kind: str) -> Mapping[str, Word]:
    """Return the words of a call that may be on a socket."""
    is_server = kind in _SERVE | _RECEIVE
    is_told = _told(kind)
    sides = {
        name: Split(is_told, server if is_server else client)
        for name, (server, client) in _SERVER_FIRST.items()
    }
    held = Untold("whether a peer is held is read in user space")
    return {
        **_ENDS,
        **sides,
        "fd.is_server": boolean(TRUE if is_server else FALSE, both(_IS_IP, is_told)),
        "fd.connected": boolean(_CONNECTED, _IS_IP) if kind == "connect" else held,
    }


def _told(kind: str) -> Meaning:
    """Return where it is told which end is the server."""
    if kind in _SERVE or kind == "connect":
        return TRUE
    return _IS_DATAGRAM if kind in _SEND | _RECEIVE else FALSE
