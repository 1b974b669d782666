"""A guard's process, started and ended; here it is one that only waits."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from shikra.enforce.guard import messages
from shikra.enforce.guard.keeper import LAST_SECONDS, Keeper
from support.waiting import until

WAITING = """
import socket, sys
end = socket.socket(fileno=int(sys.argv[1]))
end.setblocking(True)
while order := end.recv(1 << 16):
    end.send(b"\\x81\\xa4type\\xa6Counts")
    if b"Finish" in order:
        break
"""


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """Keep a guard that answers every order."""
    made = Keeper(
        (sys.executable, "-I", "-S", "-c", WAITING), lambda: (messages.Begin((), b""), ())
    )
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """Tell which children are the test's: what other tests keep running is there, too."""
    before = all_children()
    return lambda: all_children() - before


def hear(keeper: Keeper) -> None:
    """Wait until it answers."""
    until(lambda: list(keeper.reports()) == [messages.Counts()], "an answer")


def test_a_guard_is_told_first_what_it_needs(keeper: Keeper) -> None:
    """Before any other order, and whenever one is started."""
    keeper.start()
    hear(keeper)
    before = keeper.pid
    keeper.start()
    hear(keeper)
    assert keeper.pid != before


def test_the_spare_becomes_the_guard(keeper: Keeper, children: Callable[[], set[int]]) -> None:
    """Nothing has to be started then; another spare is made when that is asked for."""
    keeper.start()
    keeper.spare()
    keeper.spare()
    (spare,) = children() - {keeper.pid}
    keeper.start()
    assert keeper.pid == spare
    hear(keeper)
    until(lambda: children() - zombies() == {spare}, "the end of the guard before")
    keeper.spare()
    assert spare in children()
    assert len(children()) == 2  # that one is gone, and there is a spare again


def test_a_spare_that_ended_is_none(keeper: Keeper, children: Callable[[], set[int]]) -> None:
    """Another is started in its place."""
    keeper.spare()
    (spare,) = children()
    os.kill(spare, signal.SIGKILL)
    until(lambda: spare in zombies(), "its end")
    keeper.start()
    hear(keeper)
    assert keeper.pid != spare


def test_that_it_ended_is_heard(keeper: Keeper) -> None:
    """And orders to it are lost, which harms nobody."""
    keeper.start()
    hear(keeper)
    os.kill(keeper.pid, signal.SIGKILL)

    def has_ended() -> bool:
        try:
            return bool(list(keeper.reports()))
        except messages.ClosedError:
            return True

    until(has_ended, "its end")
    keeper.order(messages.Ask())
    keeper.close()
    assert keeper.pid == 0


def test_the_last_words_are_heard_until_it_has_ended(keeper: Keeper) -> None:
    """Without it there are none."""
    assert list(keeper.finish()) == []
    keeper.start()
    hear(keeper)
    keeper.order(messages.Ask())
    keeper.order(messages.Ask())
    assert list(keeper.finish()) == 3 * [messages.Counts()]


def test_who_says_nothing_is_waited_for_shortly(keeper: Keeper) -> None:
    """Since it holds up who opens."""
    keeper.start()
    hear(keeper)
    os.kill(keeper.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert list(keeper.finish()) == []
    assert time.monotonic() - began < 2 * LAST_SECONDS


def all_children() -> set[int]:
    """Return our children."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123  short
        return set(map(int, file.read().split()))


def zombies() -> set[int]:
    """Return those of them that have ended."""
    found = set()
    for child in all_children():
        with open(f"/proc/{child}/stat") as file:  # noqa: PTH123  short
            if file.read().rpartition(")")[2].split()[0] == "Z":
                found.add(child)
    return found
