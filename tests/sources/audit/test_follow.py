"""An audit log is read as it grows, whatever happens to its file."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shikra.sources.audit.events import Decoder, Reason
from shikra.sources.audit.follow import Follow, FollowConfig
from support.audit_logs import AuditLog, line
from support.clocks import FastClock
from support.pulled import Collected, running, until

NEWLINE = b"\n"


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    """Return a log in a folder of its own."""
    (tmp_path / "state").mkdir()
    (tmp_path / "log").mkdir()
    return AuditLog(tmp_path / "log")


def follow(log: AuditLog, collected: Collected, *, from_start: bool = True) -> Follow:
    """Return what follows a log."""
    config = FollowConfig(
        path=log.path,
        from_start=from_start,
        state_dir=log.path.parents[1] / "state",
        max_line_bytes=10_000,
    )
    return Follow(config, Decoder(max_event_bytes=10_000), collected.put, FastClock())


@contextlib.asynccontextmanager
async def following(log: AuditLog, *, is_delivered: bool = True) -> AsyncIterator[Collected]:
    """Follow a log from its start."""
    collected = Collected(is_delivered=is_delivered)
    async with running(follow(log, collected)):
        yield collected


async def test_lines_are_read_as_they_are_added(log: AuditLog) -> None:
    """Every line becomes an event, in the order of the file."""
    log.write(3)
    async with following(log) as collected:
        await collected.wait_for(*log.ids)
        await collected.wait_for(*log.write(1000))
    assert collected.ids == log.ids


async def test_without_a_position_reading_begins_at_the_end(log: AuditLog) -> None:
    """What was in a log before it was followed for the first time is old."""
    log.write(3)
    collected = Collected()
    way = follow(log, collected, from_start=False)
    async with running(way):
        await until((log.path.parents[1] / "state/audit-file.position").exists, "a start")
        new = log.write(2)
        await collected.wait_for(*new)
    assert collected.ids == new


async def test_a_log_that_appears_later_is_new(log: AuditLog) -> None:
    """All lines of a log that wasn't there at first are read."""
    collected = Collected()
    way = follow(log, collected, from_start=False)
    async with running(way):
        await until(lambda: way.counts["absent"] > 1, "the second try")
        await collected.wait_for(*log.write(2))
    assert collected.ids == log.ids


@pytest.mark.parametrize("rotate", [AuditLog.rename, AuditLog.copy_and_truncate])
@pytest.mark.parametrize("count", [1, 300])
async def test_rotation_loses_nothing(
    log: AuditLog, rotate: Callable[[AuditLog], None], count: int
) -> None:
    """Lines written just before and after each of several rotations are read, once each."""
    async with following(log) as collected:
        await collected.wait_for(*log.write())
        for _ in range(4):
            log.write(count)
            rotate(log)
        log.write()
        await collected.wait_for(*log.ids)
    assert collected.ids == log.ids


@pytest.mark.parametrize("rotate", [AuditLog.rename, AuditLog.copy_and_truncate])
@pytest.mark.parametrize("times", [0, 1, 3])
async def test_what_happens_while_it_is_down_is_read_afterwards(
    log: AuditLog, rotate: Callable[[AuditLog], None], times: int
) -> None:
    """After a restart reading goes on where it ended, in whichever file that is by then."""
    async with following(log) as collected:
        await collected.wait_for(*log.write(20))
    missed = log.write(5)
    for _ in range(times):
        rotate(log)
        missed += log.write(5)
    async with following(log) as again:
        await again.wait_for(*missed)
    assert again.ids == missed


async def test_what_was_rotated_is_read_before_there_is_a_new_log(log: AuditLog) -> None:
    """A log that was renamed is finished though nobody has begun another."""
    async with following(log) as collected:
        await collected.wait_for(*log.write(2))
    missed = log.write(2)
    log.rename()
    async with following(log) as again:
        await again.wait_for(*missed)
        await again.wait_for(*log.write(2))
    assert again.ids == log.ids[2:]


async def test_a_place_is_stored_once_its_events_are_delivered(log: AuditLog) -> None:
    """What was read and not delivered is read again after a restart."""
    async with following(log) as collected:
        await collected.wait_for(*log.write(2))
    undelivered = log.write(3)
    async with following(log, is_delivered=False) as lost:
        await lost.wait_for(*undelivered)
    async with following(log) as again:
        await again.wait_for(*undelivered)
    assert again.ids == undelivered
    assert again.identities == lost.identities


async def test_an_exchanged_file_of_the_same_inode_is_read_from_its_start(log: AuditLog) -> None:
    """An inode that another file has by now doesn't make it the one that was read."""
    async with following(log) as collected:
        await collected.wait_for(*log.write(3))
    os.truncate(log.path, 0)
    others = log.write(9)
    async with following(log) as again:
        await again.wait_for(*others)
    assert again.ids == others


async def test_a_line_in_two_parts_is_one(log: AuditLog) -> None:
    """A line that is being written is read when it has ended, and whole."""
    whole = line("in-two")
    async with following(log) as collected:
        log.append(whole[:100])
        await FastClock().sleep(5)
        assert not collected.batches
        log.append(whole[100:])
        await collected.wait_for("in-two")
    assert (collected.ids, collected.unread) == (["in-two"], [])


async def test_a_last_line_needs_no_newline(log: AuditLog) -> None:
    """A whole event at the end is read though nothing follows, and once though a newline does."""
    async with following(log) as collected:
        log.append(line("last").rstrip())
        await collected.wait_for("last")
        log.append(NEWLINE)
        await collected.wait_for(*log.write())
    async with following(log) as again:
        await again.wait_for(*(new := log.write()))
    assert collected.ids == ["last", *log.ids[:1]]
    assert (again.ids, collected.unread) == (new, [])


async def test_a_line_that_its_writer_never_ended_is_told(log: AuditLog) -> None:
    """Half a line at the end of a file that was rotated away is counted as no event."""
    async with following(log) as collected:
        await collected.wait_for(*log.write())
        log.append(line("half")[:100])
        log.rename()
        await collected.wait_for(*log.write())
    assert collected.unread == [Reason.NOT_JSON]


async def test_what_is_no_event_is_counted_and_the_rest_read(log: AuditLog) -> None:
    """Lines that are too long, not UTF-8, no JSON or nothing at all don't stop reading."""
    long = line("long", userAgent="x" * 3_000_000)
    async with following(log) as collected:
        log.append(b"\n\n{\n" + b'"\xff"\n' + long + b"\0" * 70_000)
        await collected.wait_for(*log.write())
    assert collected.unread == [Reason.NOT_JSON, Reason.NOT_JSON, Reason.TOO_LONG]


async def test_a_writer_at_its_old_place_leaves_a_hole(log: AuditLog) -> None:
    """A truncated log that its writer goes on in behind a hole is read without it."""
    async with following(log) as collected:
        await collected.wait_for(*log.write(50))
        size = log.path.stat().st_size
        log.copy_and_truncate()
        os.truncate(log.path, size)
        await collected.wait_for(*log.write())
    assert (collected.ids, collected.unread) == (log.ids, [])


@pytest.mark.parametrize(
    ("size", "again", "broken"),
    [
        pytest.param(0, 0, 0, id="to nothing"),
        pytest.param(100, 0, 1, id="within its first line"),
        pytest.param(700, 1, 1, id="behind its first line"),
    ],
)
async def test_a_log_that_shrinks_is_read_from_its_start(
    log: AuditLog, size: int, again: int, broken: int
) -> None:
    """Truncation without a copy is counted; what is left and what is written then is read."""
    collected = Collected()
    way = follow(log, collected)
    async with running(way):
        await collected.wait_for(*log.write(20))
        os.truncate(log.path, size)
        await until(lambda: way.counts["truncated"], "the truncation")
        log.append(NEWLINE)
        await collected.wait_for(*log.write())
    assert way.counts["rest not found"]
    assert collected.ids == [*log.ids[:20], *log.ids[:again], *log.ids[20:]]
    assert collected.unread == [Reason.NOT_JSON] * broken


async def test_a_directory_in_its_place_is_told_once(
    log: AuditLog, caplog: pytest.LogCaptureFixture
) -> None:
    """While something else is at the path it is counted, told once, and tried again."""
    caplog.set_level(logging.INFO)
    collected = Collected()
    way = follow(log, collected)
    async with running(way):
        await collected.wait_for(*log.write())
        log.rename()
        log.path.mkdir()
        await until(lambda: way.counts["not a file"] > 2, "the third try")
        log.path.rmdir()
        await collected.wait_for(*log.write())
    told = [record.getMessage() for record in caplog.records if "not a file" in record.getMessage()]
    assert len(told) == 1
    assert "is read now" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else and return")
async def test_a_permission_that_is_lost_is_told_once(
    log: AuditLog, caplog: pytest.LogCaptureFixture
) -> None:
    """While the log may not be read that is counted and told once; afterwards all of it comes."""
    collected = Collected()
    way = follow(log, collected)
    async with running(way):
        await collected.wait_for(*log.write())
        log.rename()
        new = log.write()
        with _nobody():
            await until(lambda: way.counts["no permission"] > 2, "the third try")
        await collected.wait_for(*new)
    assert caplog.text.count("no permission") == 1


@contextlib.contextmanager
def _nobody() -> Iterator[None]:
    """Be a user who may not read the folders of tests."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_state_dir_that_takes_nothing_doesnt_stop_reading(log: AuditLog) -> None:
    """A position that can't be stored is counted, and events go on."""
    collected = Collected()
    (log.path.parents[1] / "state").rmdir()
    (log.path.parents[1] / "state").touch()
    way = follow(log, collected)
    async with running(way):
        await collected.wait_for(*log.write())
        await until(lambda: way.counts["position not stored"], "an attempt to store")
        await collected.wait_for(*log.write())


async def test_a_position_that_is_garbage_is_told(log: AuditLog) -> None:
    """Where nobody knows how far a log was read, all of it is: twice is better than never."""
    (log.path.parents[1] / "state/audit-file.position").write_bytes(b"\xc1garbage")
    log.write(3)
    collected = Collected()
    way = follow(log, collected, from_start=False)
    async with running(way):
        await collected.wait_for(*log.ids)
    assert way.counts["position not read"] == 1
