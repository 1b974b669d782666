"""Calls come after what led to them, whatever the rings hold meanwhile."""

from collections.abc import Iterator

import pytest

from shikra.sources.kernel import ring, stream
from support.ring_files import RING_BYTES, RingFile

BUSY = 1 << 31


class Fed:
    """A stream of two rings that are fed by hand."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls, self.urgent, self.processes = RingFile(), RingFile(), RingFile()
        self._files = {"calls": self.calls, "urgent": self.urgent, "processes": self.processes}
        self._rings = {name: ring.Ring(each.fd, RING_BYTES) for name, each in self._files.items()}
        self.stream = stream.Stream(**self._rings, time_of=lambda raw: int(raw.split()[-1]))

    def close(self) -> None:
        """Let go of the files."""
        for name, file in self._files.items():
            self._rings[name].close()
            file.close()


@pytest.fixture
def fed() -> Iterator[Fed]:
    """Return a stream that is closed afterwards."""
    made = Fed()
    yield made
    made.close()


def test_processes_come_first(fed: Fed) -> None:
    """A batch of calls comes after all that processes did, and the batch alone is bounded."""
    for number in range(3):
        fed.calls.produce(b"call %d" % number)
        fed.processes.produce(b"fork %d" % number)
    assert list(fed.stream.drain(2)) == [b"fork 0", b"fork 1", b"fork 2", b"call 0", b"call 1"]
    assert not fed.stream.is_empty
    assert list(fed.stream.drain(2)) == [b"call 2"]
    assert fed.stream.is_empty


def test_urgent_calls_come_with_each_batch(fed: Fed) -> None:
    """Behind a long backlog an urgent call waits for one batch at most, in its order of time."""
    for number in range(6):
        fed.calls.produce(b"call %d" % number)
    fed.urgent.produce(b"urgent 1")
    fed.urgent.produce(b"urgent 9")
    drained = list(fed.stream.drain(3))
    assert drained == [b"call 0", b"urgent 1", b"call 1", b"call 2", b"urgent 9"]
    assert not fed.stream.is_empty
    fed.urgent.produce(b"urgent 4")
    assert list(fed.stream.drain(3)) == [b"call 3", b"urgent 4", b"call 4", b"call 5"]
    assert fed.stream.is_empty


def test_a_call_waits_for_what_is_still_being_written(fed: Fed) -> None:
    """While a record before the end of the other ring isn't complete, no call is given out."""
    fed.calls.produce(b"call")
    fed.processes.produce(b"fork", BUSY)
    fed.processes.produce(b"exec")
    assert list(fed.stream.drain(9)) == []
    assert not fed.stream.is_empty
    fed.processes.complete()
    assert list(fed.stream.drain(9)) == [b"fork", b"exec", b"call"]


def test_what_processes_do_meanwhile_waits(fed: Fed) -> None:
    """A flood of processes that never ends doesn't hold up the calls."""
    fed.calls.produce(b"call")
    fed.processes.produce(b"fork 0")
    drained = fed.stream.drain(9)
    assert next(drained) == b"fork 0"
    fed.processes.produce(b"fork 1")
    assert list(drained) == [b"call"]
    assert list(fed.stream.drain(9)) == [b"fork 1"]


def test_what_a_reader_leaves_is_not_lost(fed: Fed) -> None:
    """Who stops in the middle of a batch gets the rest of it next time, before newer calls."""
    for number in range(3):
        fed.calls.produce(b"call %d" % number)
    assert next(fed.stream.drain(2)) == b"call 0"
    assert list(fed.stream.drain(2)) == [b"call 1"]
    assert list(fed.stream.drain(2)) == [b"call 2"]


def test_a_mark_waits_for_urgent_calls_too(fed: Fed) -> None:
    """As long as an urgent call from before it is in its ring, a mark isn't passed."""
    fed.urgent.produce(b"urgent 0")
    fed.urgent.produce(b"urgent 1")
    mark = fed.stream.mark()
    assert list(fed.stream.drain(1)) == [b"urgent 0"]
    assert fed.stream.passed() < mark
    assert list(fed.stream.drain(1)) == [b"urgent 1"]
    assert fed.stream.passed() == mark


def test_a_mark_passes_with_the_last_call_before_it(fed: Fed) -> None:
    """A mark is passed when every call that was sent by then was given out, and no sooner."""
    assert fed.stream.passed() == 0
    for number in range(3):
        fed.calls.produce(b"call %d" % number)
    first = fed.stream.mark()
    fed.calls.produce(b"call 3")
    second = fed.stream.mark()
    for taken, passed in ((2, 0), (1, first), (1, second)):
        drained = fed.stream.drain(taken)
        assert [next(drained) for _ in range(taken)]
        assert fed.stream.passed() == passed
    assert fed.stream.mark() > second
    assert fed.stream.passed() > second
