"""
The fields on the descriptor that an event is about: a file or a socket.

``fd.name`` is the path as opened, made absolute; ``fd.realpath`` the file that was really
opened. A rule is evaluated with both in turn, and fires once if either makes it hold.
"""

from shikra.model.field import Field, Notation, Stage
from shikra.model.fields.rows import (
    ADDRESS,
    ALLOWED,
    BOOLEAN,
    FILTER_ONLY,
    KERNEL,
    NETWORK,
    PORT,
    SIGNED,
    TEXT,
    UNTOUCHED,
    Family,
)

_UNLISTED = "looking at every descriptor would cost each event more than it tells"
_NO_QUESTION = "no name server is asked: an attacker owns the answer, and sees the question"
_NO_POLL = "polling makes no events"

_fd = Family(Stage.EVENT, "syscall")

_BOTH_ENDS = FILTER_ONLY | {"any_of": True}
_TYPES = {
    "is_list": True,
    "argument": ALLOWED,
    "argument_is_index": True,
    "may_be_constant": False,
}

FILE: tuple[Field, ...] = (
    _fd("fd.num", SIGNED, KERNEL, "Number of the descriptor; -1 of an open that failed."),
    _fd("fd.type", TEXT, KERNEL, "What it is: file, directory, ipv4, ipv6, unix, pipe, and so on."),
    _fd("fd.typechar", TEXT, KERNEL, "The same in one character: f, d, 4, 6, u, p, and so on."),
    _fd("fd.types", TEXT, _UNLISTED, "What all descriptors of the process are.", **_TYPES),
    _fd("fd.name", TEXT, KERNEL, "Path of a file, or both ends of a connection.", is_path=True),
    _fd("fd.nameraw", TEXT, KERNEL, "Path just as the process wrote it."),
    _fd("fd.realpath", TEXT, KERNEL, "Path of the file that was really opened."),
    _fd("fd.directory", TEXT, KERNEL, "Path without its last part.", is_path=True),
    _fd("fd.filename", TEXT, KERNEL, "Last part of the path.", is_path=True),
    _fd("fd.containername", TEXT, KERNEL, "Container's id, a colon, fd.name.", is_path=True),
    _fd(
        "fd.containerdirectory",
        TEXT,
        KERNEL,
        "Container's id, a colon, fd.directory.",
        is_path=True,
    ),
    _fd("fd.uid", TEXT, KERNEL, "Ids of thread and descriptor, joined: unique while it is open."),
    _fd(
        "fd.dev",
        SIGNED,
        KERNEL,
        "Device that the file is on.",
        width=32,
        notation=Notation.HEXADECIMAL,
    ),
    _fd("fd.dev.major", SIGNED, KERNEL, "Major number of that device.", width=32),
    _fd("fd.dev.minor", SIGNED, KERNEL, "Minor number of that device.", width=32),
    _fd("fd.ino", SIGNED, KERNEL, "Inode of the file."),
    _fd("fd.is_upper_layer", BOOLEAN, KERNEL, "The file isn't of the container's image."),
    _fd("fd.is_lower_layer", BOOLEAN, KERNEL, "The file is of the container's image."),
)

SOCKET: tuple[Field, ...] = (
    _fd("fd.ip", ADDRESS, KERNEL, "Address of either end.", **_BOTH_ENDS),
    _fd("fd.cip", ADDRESS, KERNEL, "Address of the client."),
    _fd("fd.sip", ADDRESS, KERNEL, "Address of the server."),
    _fd("fd.lip", ADDRESS, KERNEL, "Address of this end."),
    _fd("fd.rip", ADDRESS, KERNEL, "Address of the other end."),
    _fd("fd.net", NETWORK, KERNEL, "Network of either end.", **_BOTH_ENDS),
    _fd("fd.cnet", NETWORK, KERNEL, "Network of the client.", **FILTER_ONLY),
    _fd("fd.snet", NETWORK, KERNEL, "Network of the server.", **FILTER_ONLY),
    _fd("fd.lnet", NETWORK, KERNEL, "Network of this end.", **FILTER_ONLY),
    _fd("fd.rnet", NETWORK, KERNEL, "Network of the other end.", **FILTER_ONLY),
    _fd("fd.port", PORT, KERNEL, "Port of either end.", **_BOTH_ENDS),
    _fd("fd.cport", PORT, KERNEL, "Port of the client."),
    _fd("fd.sport", PORT, KERNEL, "Port of the server."),
    _fd("fd.lport", PORT, KERNEL, "Port of this end."),
    _fd("fd.rport", PORT, KERNEL, "Port of the other end."),
    _fd("fd.proto", PORT, KERNEL, "Service of either end.", **_BOTH_ENDS),
    _fd("fd.cproto", TEXT, KERNEL, "Name of the service at the client's port."),
    _fd("fd.sproto", TEXT, KERNEL, "Name of the service at the server's port."),
    _fd("fd.lproto", TEXT, KERNEL, "Name of the service at this end's port."),
    _fd("fd.rproto", TEXT, KERNEL, "Name of the service at the other end's port."),
    _fd("fd.cip.name", TEXT, _NO_QUESTION, "Domain name of the client.", **UNTOUCHED),
    _fd("fd.sip.name", TEXT, _NO_QUESTION, "Domain name of the server.", **UNTOUCHED),
    _fd("fd.lip.name", TEXT, _NO_QUESTION, "Domain name of this end.", **UNTOUCHED),
    _fd("fd.rip.name", TEXT, _NO_QUESTION, "Domain name of the other end.", **UNTOUCHED),
    _fd("fd.l4proto", TEXT, KERNEL, "Protocol: tcp, udp, icmp or raw."),
    _fd("fd.sockfamily", TEXT, KERNEL, "ip or unix."),
    _fd("fd.is_server", BOOLEAN, KERNEL, "Whether this end is the server."),
    _fd("fd.connected", BOOLEAN, KERNEL, "Whether the socket is connected."),
    _fd(
        "fd.name_changed",
        BOOLEAN,
        KERNEL,
        "Whether the call gave its socket another peer than the one before.",
    ),
)

POLLED: tuple[Field, ...] = (
    _fd("fdlist.nums", TEXT, _NO_POLL, "Numbers of the polled descriptors."),
    _fd("fdlist.names", TEXT, _NO_POLL, "Names of the polled descriptors."),
    _fd("fdlist.cips", TEXT, _NO_POLL, "Clients' addresses of the polled descriptors."),
    _fd("fdlist.sips", TEXT, _NO_POLL, "Servers' addresses of the polled descriptors."),
    _fd("fdlist.cports", TEXT, _NO_POLL, "Clients' ports of the polled descriptors."),
    _fd("fdlist.sports", TEXT, _NO_POLL, "Servers' ports of the polled descriptors."),
)

FIELDS = FILE + SOCKET + POLLED
