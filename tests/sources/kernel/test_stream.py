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
        self.calls, self.processes = RingFile(), RingFile()
        self._rings = [ring.Ring(each.fd, RING_BYTES) for each in (self.calls, self.processes)]
        self.stream = stream.Stream(*self._rings)

    def close(self) -> None:
        """Let go of the files."""
        for each in self._rings:
            each.close()
        self.calls.close()
        self.processes.close()


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
