"""
Ways to reach the metadata service other than by connecting; ``kernel`` says how they are run.

Its address is the container's own: nobody answers.
"""

import contextlib
import ctypes
import socket
import struct

import kernel

METADATA = "169.254.169.254"
METADATA_BYTES = socket.inet_aton(METADATA)
TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE = 30, 34


def datagram() -> None:
    """Send a datagram without connecting."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (METADATA, 80))


def message() -> None:
    """Send a datagram without connecting, in pieces."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendmsg([b"x", b"y"], [], 0, (METADATA, 80))


def several() -> None:
    """Send datagrams in one call, the first elsewhere."""
    text = ctypes.create_string_buffer(b"x")
    piece = ctypes.create_string_buffer(struct.pack("2Q", ctypes.addressof(text), 1))
    names = [
        ctypes.create_string_buffer(
            struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", 80, to)
        )
        for to in (socket.inet_aton("127.0.0.1"), METADATA_BYTES)
    ]
    messages = b"".join(
        struct.pack("QIxxxx2Q2QixxxxIxxxx", name, 16, ctypes.addressof(piece), 1, 0, 0, 0, 0)
        for name in map(ctypes.addressof, names)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sent = kernel.call(kernel.SENDMMSG, sender.fileno(), messages, 2, 0)
    assert sent == 2


def fast_open() -> None:
    """Send the request with the connection's first packet."""
    with socket.socket() as sender, contextlib.suppress(ConnectionRefusedError):
        sender.sendto(b"GET / HTTP/1.0\r\n\r\n", socket.MSG_FASTOPEN, (METADATA, 80))


def late_open() -> None:
    """Connect in name only; the first write opens the connection."""
    with socket.socket() as sender, contextlib.suppress(ConnectionRefusedError):
        for option in (TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE):
            sender.setsockopt(socket.IPPROTO_TCP, option, 1)
        sender.connect((METADATA, 80))
        sender.send(b"GET / HTTP/1.0\r\n\r\n")


def mapped() -> None:
    """Connect to the IPv4 address by IPv6."""
    with socket.socket(socket.AF_INET6) as sender, contextlib.suppress(ConnectionRefusedError):
        sender.connect((f"::ffff:{METADATA}", 80))


def mapped_datagram() -> None:
    """Send a datagram to the IPv4 address by IPv6."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (f"::ffff:{METADATA}", 80))


kernel.main(globals())
