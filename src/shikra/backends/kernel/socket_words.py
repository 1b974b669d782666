"""
Words of the fields on the socket that a call is about.

Whoever connects, or sends a datagram, is the client. An IPv4 address in an IPv6 socket is an IPv4
address.
"""

import socket
from collections.abc import Mapping

from shikra.backends.kernel import networks
from shikra.backends.kernel.meaning import FALSE, Meaning, both, either, opposite
from shikra.backends.kernel.words import (
    Address,
    Ends,
    Finite,
    Nothing,
    Number,
    Split,
    Untold,
    Word,
    boolean,
)
from shikra.model.kernel_tables import Compare

_LOCAL, _REMOTE = ("HAS_LOCAL",), ("HAS_REMOTE",)
_HERE = Address("local", _LOCAL)
_THERE = Address("remote", _REMOTE)
_HERE_PORT = Number(member="local_port", needs=_LOCAL)
_THERE_PORT = Number(member="remote_port", needs=_REMOTE)


def _family(number: int) -> Meaning:
    return Number(member="socket_family").test(Compare.EQ, number)


def _protocol(*numbers: int) -> Meaning:
    return Number(member="socket_protocol").test(Compare.IN, *numbers)


_IS_UNIX = _family(socket.AF_UNIX)
_IS_MAPPED = either(networks.is_mapped(Address(end, ())) for end in ("local", "remote"))
_IS_IPV6 = both(_family(socket.AF_INET6), opposite(_IS_MAPPED))
_IS_IPV4 = either((_family(socket.AF_INET), both(_family(socket.AF_INET6), _IS_MAPPED)))
_IS_IP = either((_family(socket.AF_INET), _family(socket.AF_INET6)))
_IS_RAW = Number(member="socket_type").test(Compare.EQ, socket.SOCK_RAW)
_IS_COOKED = both(_IS_IP, opposite(_IS_RAW))
_CONNECTED = Number(member="result", is_signed=True).test(Compare.EQ, 0)


def _kinds(ipv4: bytes, ipv6: bytes, unix: bytes) -> Word:
    return Finite(((ipv4, _IS_IPV4), (ipv6, _IS_IPV6), (unix, _IS_UNIX)))


_WORDS: Mapping[str, Word] = {
    "fd.type": _kinds(b"ipv4", b"ipv6", b"unix"),
    "fd.typechar": _kinds(b"4", b"6", b"u"),
    "fd.name": Untold("the names of sockets are written in user space"),
    "fd.directory": Nothing(),
    "fd.filename": Nothing(),
    "fs.path.name": Nothing(),
    "fd.realpath": Nothing(),
    "fd.ip": Ends((_HERE, _THERE)),
    "fd.cip": _HERE,
    "fd.sip": _THERE,
    "fd.lip": _HERE,
    "fd.rip": _THERE,
    "fd.net": Ends((_HERE, _THERE)),
    "fd.cnet": _HERE,
    "fd.snet": _THERE,
    "fd.lnet": _HERE,
    "fd.rnet": _THERE,
    "fd.port": Ends((_HERE_PORT, _THERE_PORT)),
    "fd.cport": _HERE_PORT,
    "fd.sport": _THERE_PORT,
    "fd.lport": _HERE_PORT,
    "fd.rport": _THERE_PORT,
    "fd.l4proto": Finite(
        (
            (b"raw", both(_IS_IP, _IS_RAW)),
            (b"tcp", both(_IS_COOKED, _protocol(socket.IPPROTO_TCP))),
            (b"udp", both(_IS_COOKED, _protocol(socket.IPPROTO_UDP))),
            (b"icmp", both(_IS_COOKED, _protocol(socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6))),
        )
    ),
    "fd.sockfamily": Finite(((b"unix", _IS_UNIX), (b"ip", _IS_IP))),
    "fd.is_server": boolean(FALSE, _IS_IP),
}

_OF_FILES = frozenset(
    ("fd.type", "fd.typechar", "fd.name", "fd.directory", "fd.filename", "fs.path.name")
)

NAMES = frozenset(_WORDS) - _OF_FILES | {"fd.connected"}
"""Fields that only a socket has."""


def words(kind: str) -> Mapping[str, Word]:
    """Return the words of a call on a socket."""
    return _CONNECTING if kind == "connect" else _SENDING


_CONNECTING: Mapping[str, Word] = {**_WORDS, "fd.connected": boolean(_CONNECTED, _IS_IP)}
_IS_DATAGRAM = Number(member="socket_type").test(Compare.EQ, socket.SOCK_DGRAM)
_SENDING: Mapping[str, Word] = {
    **_WORDS,
    **{  # on a stream it isn't told who began
        name: Split(_IS_DATAGRAM, _WORDS[name], Nothing())
        for name in ("fd.cip", "fd.sip", "fd.cnet", "fd.snet", "fd.cport", "fd.sport")
    },
    "fd.is_server": boolean(FALSE, both(_IS_IP, _IS_DATAGRAM)),
    "fd.connected": Untold("whether a peer is held is read in user space"),
}
