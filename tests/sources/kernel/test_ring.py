"""The ring is drained in batches, across its end, and never past what is still being written."""

from collections.abc import Iterator

import pytest

from shikra.sources.kernel import ring
from support.ring_files import RING_BYTES, RingFile

SIZE = RING_BYTES
BUSY = 1 << 31
DISCARDED = 1 << 30


@pytest.fixture
def fake() -> Iterator[RingFile]:
    """Return a ring that is closed afterwards."""
    made = RingFile()
    yield made
    made.close()


def test_records_come_in_order(fake: RingFile) -> None:
    """Records come out whole and in their order, and their space is given back."""
    reader = ring.Ring(fake.fd, SIZE)
    for data in (b"one", b"", b"three33"):
        fake.produce(data)
    assert list(reader.drain(10)) == [b"one", b"", b"three33"]
    assert fake.consumed() == fake.produced
    reader.close()


def test_a_record_across_the_end_is_whole(fake: RingFile) -> None:
    """A record that begins at the ring's end goes on at its start."""
    fake.start_at(5 * SIZE - 16)
    reader = ring.Ring(fake.fd, SIZE)
    fake.produce(b"0123456789abcdefghijklmnopqrstuvwxyz")
    assert list(reader.drain(10)) == [b"0123456789abcdefghijklmnopqrstuvwxyz"]
    reader.close()


def test_a_batch_is_bounded(fake: RingFile) -> None:
    """No more records come than were asked for; the others wait and are counted as fill."""
    reader = ring.Ring(fake.fd, SIZE)
    for _ in range(5):
        fake.produce(b"12345678")
    assert len(list(reader.drain(2))) == 2
    assert reader.fill_bytes == 3 * 16
    assert len(list(reader.drain(10))) == 3
    assert reader.fill_bytes == 0
    reader.close()


def test_a_record_that_is_being_written_ends_the_batch(fake: RingFile) -> None:
    """Nothing is read past a record that isn't complete, and it isn't lost."""
    reader = ring.Ring(fake.fd, SIZE)
    fake.produce(b"done")
    fake.produce(b"half", BUSY)
    fake.produce(b"after")
    assert list(reader.drain(10)) == [b"done"]
    assert fake.consumed() == 16
    reader.close()


def test_discarded_records_are_skipped(fake: RingFile) -> None:
    """A record that its writer took back gives its space back and nothing else."""
    reader = ring.Ring(fake.fd, SIZE)
    fake.produce(b"never mind", DISCARDED)
    fake.produce(b"kept")
    assert list(reader.drain(1)) == [b"kept"]
    assert reader.fill_bytes == 0
    reader.close()
