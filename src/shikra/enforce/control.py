"""
A socket by which root on this machine asks a running Shikra, and tells it.

In: a path, and a function that answers. One line of JSON comes, one goes, the connection ends.
Only the socket's owner may connect (mode 0600 from the moment it exists). A path at which somebody
listens is refused, with who it is; one that was left behind is taken over.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from shikra.enforce.messages import Refused, Reply, Request

MOST_BYTES = 1 << 20
PATIENCE_SECONDS = 5.0
MOST_AT_ONCE = 8
_OWNER_ALONE = 0o600
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


class Peer(msgspec.Struct, frozen=True):
    """Who asks."""

    pid: int
    uid: int


Answer = Callable[[Request, Peer], Reply]


class TakenError(Exception):
    """Another Shikra listens there; says which."""


class UnreachableError(Exception):
    """No Shikra answers there; says why."""


class CannotListenError(Exception):
    """The socket can't be made; says why."""


@contextlib.contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """Listen at this path until the block ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            with _alone_in(path.parent):
                _take(path, listener)
        except OSError as error:
            why = error.strerror or str(error)
            raise CannotListenError(f"{path}: {why}") from error
        mine = path.stat().st_ino
        try:
            yield listener
        finally:
            with contextlib.suppress(OSError):
                if path.stat().st_ino == mine:  # and not another's that took its place
                    path.unlink()


async def serve(listener: socket.socket, answer: Answer) -> None:
    """Answer until cancelled; a slow or silent client keeps nobody waiting."""
    at_once = asyncio.Semaphore(MOST_AT_ONCE)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with at_once:
            with contextlib.suppress(OSError, TimeoutError, ValueError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    line = await reader.readline()
                    writer.write(_reply(line, answer, _peer(writer)))
                    await writer.drain()
            writer.close()

    server = await asyncio.start_unix_server(talk, sock=listener, limit=MOST_BYTES)
    async with server:
        await server.serve_forever()


def ask(path: Path, request: Request) -> Reply:
    """Ask whoever listens, and wait for the answer."""
    line = msgspec.json.encode(request) + b"\n"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(os.fspath(path))
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                answer = answers.readline(MOST_BYTES)
        reply: Reply = msgspec.json.decode(answer, type=Reply)
    except OSError as error:
        raise UnreachableError(f"{path}: {error.strerror or error}") from error
    except msgspec.DecodeError as error:
        raise UnreachableError(f"{path}: what answers isn't this version of Shikra") from error
    return reply


def _reply(line: bytes, answer: Answer, peer: Peer) -> bytes:
    try:
        reply = answer(msgspec.json.decode(line, type=Request), peer)
    except msgspec.DecodeError as error:
        reply = Refused(f"that can't be read: {error}")
    return msgspec.json.encode(reply) + b"\n"


def _take(path: Path, listener: socket.socket) -> None:
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise OSError(errno.EEXIST, "something else than a socket is there")
    _refuse_second(path)
    os.fchmod(listener.fileno(), _OWNER_ALONE)  # what bind makes has this mode, then
    path.unlink(missing_ok=True)
    listener.bind(os.fspath(path))
    listener.listen()
    listener.setblocking(False)  # noqa: FBT003  the library's own word


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep out others who start at the same moment."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _refuse_second(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.fspath(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return
        pid, _, _ = _credentials(connection)
        raise TakenError(f"another Shikra (process {pid}) answers at {path}")


def _peer(writer: asyncio.StreamWriter) -> Peer:
    connection: socket.socket = writer.get_extra_info("socket")
    pid, uid, _ = _credentials(connection)
    return Peer(pid, uid)


def _credentials(connection: socket.socket) -> tuple[int, ...]:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return _CREDENTIALS.unpack(data)
