"""The control socket, on this machine."""

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from shikra.enforce import control
from shikra.enforce.messages import AskLog, Changed, Reply, Request, SetMode
from shikra.enforce.modes import OfRule

OFF = SetMode(OfRule("R"), "off")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the socket is to be: its folder isn't there yet."""
    return tmp_path / "run" / "control.sock"


def answer(request: Request, peer: control.Peer) -> Reply:
    """Say what was asked, and who asked."""
    return Changed((repr(request), str(peer.pid), str(peer.uid)))


async def while_served(path: Path, do: Callable[[], object]) -> object:
    """Do something in a thread while the socket is served."""
    with control.listening(path) as listener:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(control.serve(listener, answer))
            done = await asyncio.to_thread(do)
            serving.cancel()
    return done


async def test_a_question_is_answered(path: Path) -> None:
    """What is asked arrives whole, with who asked; the answer comes back; the socket goes."""
    reply = await while_served(path, lambda: control.ask(path, OFF))
    assert reply == Changed((repr(OFF), str(os.getpid()), str(os.getuid())))
    with pytest.raises(control.UnreachableError):
        control.ask(path, OFF)


def test_only_the_owner_may_connect(path: Path) -> None:
    """The socket has mode 0600, whatever the umask."""
    before = os.umask(0)
    try:
        with control.listening(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


async def test_a_second_is_refused_and_told_of_the_first(path: Path) -> None:
    """Who listens already goes on listening, and is named."""

    def start_another() -> str:
        with pytest.raises(control.TakenError) as refused, control.listening(path):
            pass
        assert isinstance(control.ask(path, OFF), Changed)
        return str(refused.value)

    assert f"process {os.getpid()}" in str(await while_served(path, start_another))


async def test_a_socket_that_was_left_behind_is_taken_over(path: Path) -> None:
    """What a killed Shikra left is in nobody's way."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert isinstance(await while_served(path, lambda: control.ask(path, OFF)), Changed)


def test_a_file_is_left_alone(path: Path) -> None:
    """A path at which something else is isn't taken."""
    path.parent.mkdir()
    path.write_text("precious")
    with pytest.raises(control.CannotListenError, match=r"control\.sock"), control.listening(path):
        pass
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"nonsense\n", id="no JSON"),
        pytest.param(b'{"type": "dance"}\n', id="unknown request"),
        pytest.param(b"\n", id="nothing"),
    ],
)
async def test_what_cant_be_read_is_refused(path: Path, line: bytes) -> None:
    """A client that says something else gets an answer all the same."""

    def say() -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(line)
            return client.makefile("rb").readline()

    said = await while_served(path, say)
    assert isinstance(said, bytes)
    assert b'"refused"' in said


async def test_a_silent_client_keeps_nobody_waiting(path: Path) -> None:
    """Others are answered while somebody says nothing, or sends without an end."""

    def be_silent() -> Reply:
        with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as endless:
            silent.connect(str(path))
            endless.connect(str(path))
            endless.sendall(b"x" * 100_000)
            return control.ask(path, AskLog(3))

    assert isinstance(await while_served(path, be_silent), Changed)


@pytest.mark.parametrize("is_left_behind", [False, True], ids=["nothing there", "left behind"])
def test_nobody_answers(path: Path, is_left_behind: bool) -> None:
    """Where no Shikra runs, that is said, with the path."""
    path.parent.mkdir()
    if is_left_behind:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
    with pytest.raises(control.UnreachableError, match=r"control\.sock"):
        control.ask(path, OFF)
