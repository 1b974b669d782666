"""A file of events, line by line."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.event import Event
from shikra.sources.replay import lines
from shikra.sources.replay.lines import Malformed
from support import audited

GOOD = b'{"evt.type": "open", "proc.name": "cat"}'
TOO_LONG = b'{"evt.type": "open", "proc.name": "' + b"x" * lines.MAX_LINE_BYTES + b'"}'
DEEP = b'{"proc.name":' + b"[" * 100_000


def read(data: bytes) -> list[Event | Malformed]:
    """Return all that a file says."""
    return list(lines.read(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(b"nonsense", "not JSON: invalid character (byte 4)", id="no JSON"),
        pytest.param(b'{"evt.type": "op', "not JSON: invalid character (byte 16)", id="cut off"),
        pytest.param(GOOD + b" {}", "not JSON: trailing characters (byte 42)", id="two on a line"),
        pytest.param(b"\x00\x01\xd4\xc3", "not JSON: invalid character (byte 0)", id="binary"),
        pytest.param(b'{"proc.name": "\xff"}', "not UTF-8", id="no UTF-8"),
        pytest.param(b'{"proc.\xff": "x"}', "not UTF-8", id="no UTF-8 in a name"),
        pytest.param(rb'{"proc.name": "\ud800"}', "not JSON: ", id="half a surrogate pair"),
        pytest.param(
            b"[1]", "event 1 in it: not json: Expected `object`", id="a list of something else"
        ),
        pytest.param(
            b'{"kind": "Event", "apiVersion": "v1"}',
            "event 1 in it: not an audit event: expected kind Event of audit.k8s.io/v1",
            id="another kind of event",
        ),
        pytest.param(
            audited.body()[:-1], "event 1 in it: not json: ", id="an audit event, cut off"
        ),
        pytest.param(b"7", "expected an object of fields and values, found int", id="a number"),
        pytest.param(DEEP, "nested too deeply: an event is one flat object", id="deep nesting"),
        pytest.param(TOO_LONG, "longer than 1,048,576 bytes", id="a long line"),
        pytest.param(b"{}", "evt.type is missing", id="no type"),
        pytest.param(
            b'{"evt.type": "opne"}',
            'unknown event type "opne" – did you mean "open"?',
            id="unknown type",
        ),
        pytest.param(
            b'{"evt.type": "open", "proc.nmae": 1}',
            'unknown field "proc.nmae" – did you mean "proc.name"?',
            id="unknown field",
        ),
        pytest.param(
            b'{"evt.type": "open", "proc": {"name": "cat"}}',
            'unknown field "proc" – an event is flat: write "proc.…" for each of its fields',
            id="nested object",
        ),
        pytest.param(
            b'{"evt.type": "open", "proc.name": {"x": 1}}',
            "proc.name: expected text, found {'x': 1}",
            id="an object for a value",
        ),
        pytest.param(
            b'{"evt.type": "open", "proc.pid": "' + b"9" * 5_000 + b'"}',
            "proc.pid: expected a whole number",
            id="an endless number",
        ),
        pytest.param(
            b'{"1": 1, "2": 1, "3": 1, "4": 1}',
            'unknown field "1"; unknown field "2"; unknown field "3"; and 2 more',
            id="many mistakes",
        ),
    ],
)
def test_a_line_that_is_no_event_is_told_and_the_rest_goes_on(line: bytes, message: str) -> None:
    """The line's number and what is wrong are told; lines before and after are events."""
    first, malformed, last = read(GOOD + b"\n" + line + b"\n" + GOOD)
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(malformed, Malformed)
    assert malformed.line == 2
    assert malformed.message.startswith(message)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        pytest.param(b"", 0, id="empty file"),
        pytest.param(b"\n \n\r\n", 0, id="empty lines"),
        pytest.param(GOOD, 1, id="no line end"),
        pytest.param(GOOD + b"\r\n" + GOOD + b"\r\n", 2, id="Windows line ends"),
        pytest.param(b"\xef\xbb\xbf" + GOOD + b"\n", 1, id="byte order mark"),
        pytest.param(b" \t" + GOOD + b" \n", 1, id="blanks around"),
    ],
)
def test_whatever_is_no_mistake_is_taken(data: bytes, events: int) -> None:
    """Empty lines, line ends and a byte order mark are nobody's mistake."""
    found = read(data)
    assert len(found) == events
    assert all(isinstance(each, Event) for each in found)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"evt.type": "open", "%s": 1}' % (b"x" * 500_000), id="a long name"),
        pytest.param(b'{"proc.pid": "%s"}' % (b"x" * 500_000), id="a long value"),
        pytest.param(b"{%s}" % b",".join(b'"x.%d":1' % n for n in range(50_000)), id="many names"),
    ],
)
def test_a_message_is_short_however_long_the_line(line: bytes) -> None:
    """What a file says of itself can't fill the log."""
    (malformed,) = read(line)
    assert isinstance(malformed, Malformed)
    assert len(malformed.message) <= 2 * lines.MAX_MESSAGE


class Endless(io.RawIOBase):
    """One line of a hundred megabytes and an event behind it, made while it is read."""

    def __init__(self) -> None:
        """Begin at the start."""
        self._blocks: Iterator[bytes] = iter([b"x" * 65_536] * 1_600 + [b"\n" + GOOD])

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  any buffer will do
        """Fill the buffer with the next block."""
        block = next(self._blocks, b"")
        buffer[: len(block)] = block
        return len(block)


def test_a_line_of_a_hundred_megabytes_is_passed_over() -> None:
    """It is never held as a whole, and what follows is read."""
    stream = io.BufferedReader(Endless(), 65_536)
    malformed, event = lines.read(stream)
    assert malformed == Malformed(1, "longer than 16,777,216 bytes")
    assert isinstance(event, Event)


AUDITED = audited.document()
LIST = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [AUDITED, AUDITED]}


@pytest.mark.parametrize(
    ("data", "sources"),
    [
        pytest.param(audited.body() + b"\n" + audited.body(), "aa", id="a line each"),
        pytest.param(audited.body() + b"\n" + GOOD + b"\n", "as", id="beside recorded ones"),
        pytest.param(json.dumps(LIST).encode(), "aa", id="a list"),
        pytest.param(json.dumps(LIST, indent=2).encode(), "aa", id="a list for people"),
        pytest.param(json.dumps([AUDITED, LIST]).encode(), "a?", id="an array, a list in it"),
        pytest.param(json.dumps([AUDITED] * 3, indent=1).encode(), "aaa", id="an array for people"),
        pytest.param(b'{"evt.type": "open", "proc.name": "kind"}', "s", id="a word of theirs"),
        pytest.param(b"[]", "", id="an empty array"),
    ],
)
def test_a_document_says_whether_it_is_of_an_audit_log(data: bytes, sources: str) -> None:
    """Nobody need say what a file holds: it may be a recording, an audit log, or both."""
    told = {"k8s_audit": "a", "syscall": "s"}
    found = [told[one.source] if isinstance(one, Event) else "?" for one in read(data)]
    assert "".join(found) == sources


def test_a_batch_may_be_longer_than_an_event() -> None:
    """What an API server sends at once is read as a whole; who doesn't belong there is told."""
    long = audited.document(requestObject={"data": "x" * 1_000_000})
    items = [long] * 10 + [{"kind": "Event"}, AUDITED]
    found = read(json.dumps(LIST | {"items": items}).encode())
    assert [isinstance(one, Event) for one in found] == [True] * 10 + [False, True]
    assert isinstance(found[10], Malformed)
    assert (found[10].line, found[10].message[:14]) == (1, "event 11 in it")


def test_nothing_is_read_ahead() -> None:
    """An event is there before the next line is: a pipe can be followed."""
    stream = io.BytesIO(GOOD + b"\n" + GOOD + b"\n")
    next(lines.read(stream))
    assert stream.tell() == len(GOOD) + 1


def test_recordings_are_events() -> None:
    """Each line that the probe's recording wrote is an event that knows its time."""
    recording = Path(__file__).with_name("recorded.jsonl").read_bytes()
    written = [json.loads(line)["evt.time"] for line in recording.splitlines()]
    assert [each.time_ns for each in read(recording) if isinstance(each, Event)] == written


def test_a_long_event_of_an_audit_log_is_told_and_read_in_part() -> None:
    """An audit event that is too long is told, and says who asked for what all the same."""
    line = audited.body(requestObject={"x": "x" * lines.MAX_LINE_BYTES})
    told, event = read(line)
    assert isinstance(told, lines.Malformed)
    assert told.message.startswith("event 1 in it: shortened: 1,04")
    assert isinstance(event, Event)
    assert event.fields["ka.verb"] == b"get"


def test_no_body_hides_its_event_in_a_saved_log() -> None:
    """A patch of letters that nobody has is an audit event as any other."""
    line = audited.body(verb="patch", requestObject={"a": "HERE"}).replace(b"HERE", b"\\ud800")
    (event,) = read(line)
    assert isinstance(event, Event)
    assert event.fields["ka.verb"] == b"patch"
