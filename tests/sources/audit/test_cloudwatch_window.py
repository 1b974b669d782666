"""Which time is asked for, and what of it is new."""

import random
from collections.abc import Callable

import pytest

from shikra.sources.audit.cloudwatch_page import Message, Span
from shikra.sources.audit.cloudwatch_window import NEAR_MS, Mark, Window
from shikra.sources.audit.position import InOrder

MINUTE = 60_000
OVERLAP = 5 * MINUTE
NOW = 1_700_000_000_000


def window(floor_ms: int = NOW - OVERLAP) -> Window:
    """Return a new one."""
    return Window(OVERLAP, floor_ms, {})


def message(name: str, at_ms: int) -> Message:
    """Return a message."""
    return Message(key=name.encode(), at_ms=at_ms, text=name)


def poll(of: Window, now_ms: int, *messages: Message) -> list[str]:
    """Answer what is asked for from these; return what was new."""
    span = of.begin(now_ms)
    inside = [one for one in messages if span.start_ms <= one.at_ms < (span.end_ms or now_ms + 1)]
    new = of.new(inside)
    of.delivered(Mark([one.key for one in new]))
    if mark := of.end(span):
        of.delivered(mark)
    return [one.text for one in new]


def test_the_first_poll_asks_for_the_whole_window() -> None:
    """A poll after a start begins where the window does."""
    assert window().begin(NOW) == Span(start_ms=NOW - OVERLAP, end_ms=None, is_whole=True)


def test_a_message_is_new_once() -> None:
    """However often a message is answered, it is new the first time alone."""
    of = window()
    one = message("one", NOW)
    assert [poll(of, NOW + after, one) for after in (0, 10_000, MINUTE, 2 * MINUTE)] == [
        ["one"],
        [],
        [],
        [],
    ]


def test_over_hours_each_message_is_new_once() -> None:
    """As the window moves on, what is in it doesn't become new again."""
    of = window()
    messages = [message(str(second), NOW + second * 1000) for second in range(0, 3600, 10)]
    found: list[str] = []
    for one in messages:
        now_ms = one.at_ms
        found += poll(of, now_ms, *(each for each in messages if each.at_ms <= now_ms))
    assert found == [one.text for one in messages]
    assert len(of.reached("group").keys) < 50


def test_most_polls_ask_for_little() -> None:
    """Between two looks at the whole window only its end is asked for."""
    of = window()
    poll(of, NOW, message("one", NOW))
    assert of.begin(NOW + 10_000).start_ms == NOW - NEAR_MS
    assert of.begin(NOW + MINUTE).start_ms == NOW - OVERLAP


def test_what_is_ingested_late_is_found() -> None:
    """A message that comes up to an overlap after it happened is found within a minute."""
    of = window()
    for second in range(0, 600, 10):
        poll(of, NOW + second * 1000, message(str(second), NOW + second * 1000))
    late = message("late", NOW + 300_000)
    found = [poll(of, NOW + second * 1000, late) for second in range(600, 670, 10)]
    assert found.count(["late"]) == 1


def test_while_nothing_comes_the_window_waits() -> None:
    """When CloudWatch itself is behind, the window doesn't move past what it will ingest."""
    of = window()
    poll(of, NOW, message("one", NOW))
    for second in range(10, 500, 10):
        poll(of, NOW + second * 1000)
    assert poll(of, NOW + 500_000, message("behind", NOW + 1000)) == ["behind"]


def test_a_long_gap_is_read_bit_by_bit() -> None:
    """What came while it was down is read in parts of which each ends, and all of it."""
    of = window(NOW - 120 * MINUTE)
    missed = [message(str(minute), NOW - minute * MINUTE) for minute in range(120)]
    found: list[str] = []
    polls = 0
    while len(found) < len(missed):
        found += poll(of, NOW, *missed)
        polls += 1
    assert sorted(found) == sorted(one.text for one in missed)
    assert polls < 30


def test_a_message_of_the_future_moves_nothing() -> None:
    """A clock that is ahead doesn't have the window pass what others write now."""
    of = window()
    poll(of, NOW, message("ahead", NOW + 60 * MINUTE))
    assert poll(of, NOW + MINUTE, message("now", NOW)) == ["now"]


def test_a_clock_that_was_ahead_and_is_set_back_hides_nothing() -> None:
    """When the clock was a day ahead, what comes after it was set is read, late things too."""
    of = window(NOW + 24 * 60 * MINUTE)
    poll(of, NOW + 24 * 60 * MINUTE)
    assert poll(of, NOW, message("now", NOW)) == ["now"]
    assert poll(of, NOW + MINUTE, message("late", NOW - 4 * MINUTE)) == ["late"]


def test_what_is_stored_is_what_was_delivered() -> None:
    """What was taken and not delivered is new again after a restart; what was isn't."""
    of = window()
    of.begin(NOW)
    one, two = of.new([message("one", NOW), message("two", NOW)])
    of.delivered(Mark([one.key]))
    stored = of.reached("group")
    again = Window(OVERLAP, stored.floor_ms, stored.keys)
    assert again.begin(NOW).start_ms == NOW - OVERLAP
    assert again.new([one, two]) == [two]


def test_memory_is_bounded_by_shortening_the_window() -> None:
    """Of more messages than can be remembered the window keeps the newest."""
    of = window()
    span = of.begin(NOW)
    count = 300_000
    many = of.new(message(str(number), NOW - OVERLAP + number) for number in range(count))
    of.delivered(Mark([one.key for one in many]))
    mark = of.end(span)
    assert mark is not None
    of.delivered(mark)
    assert of.shortened == 1
    assert of.floor_ms > NOW - OVERLAP
    assert 200_000 < len(of.reached("group").keys) <= 250_000
    again = (message(str(number), NOW - OVERLAP + number) for number in range(count - 1000, count))
    assert not of.new(again)


class Story:
    """Hours of a log group and its reader, by chance but the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin with a reader that reads for the first time."""
        self.read: list[str] = []
        self.delivered: set[str] = set()
        self.again: set[str] = set()  # delivered, and read again
        self._chance = random.Random(seed)  # noqa: S311  no secret
        self._now_ms = NOW
        self._window = Window(OVERLAP, NOW - OVERLAP, {})
        self._begin()
        self._ingested: list[tuple[int, Message]] = []  # and when
        self.happened: list[str] = []

    def tell(self) -> None:
        """Let things happen, and then let the reader come to rest."""
        for _ in range(150):
            self._happen()
            self._now_ms += self._chance.choice([1, 10_000, 10_000, 40_000])
            if self._chance.random() < 0.02:
                self._now_ms += self._chance.randrange(3 * 60 * MINUTE)  # AWS is away, or we are
            if self._chance.random() < 0.1:
                self._restart()
            self._poll(pages=self._chance.choice([1, 3, 99, 99, 99]))
            self._deliver(self._chance.choice([0, 1, 99]))
        for _ in range(100):
            self._now_ms += 10_000
            self._poll(pages=99)
            self._deliver(99)

    def _happen(self) -> None:
        """Have some events happen; each is ingested at most an overlap later."""
        for _ in range(self._chance.choice([0, 1, 5])):
            at_ms = self._now_ms - self._chance.randrange(20_000)
            late_ms = self._chance.choice([0, 2_000, OVERLAP - 1])
            one = message(str(len(self.happened)), at_ms)
            self._ingested.append((at_ms + late_ms, one))
            self.happened.append(one.text)

    def _poll(self, *, pages: int) -> None:
        """Read a span, or no more than some of its pages before a restart."""
        span = self._window.begin(self._now_ms)
        end_ms = self._now_ms + MINUTE if span.end_ms is None else span.end_ms
        found = [
            one
            for when_ms, one in self._ingested
            if when_ms <= self._now_ms and span.start_ms <= one.at_ms < end_ms
        ]
        self._chance.shuffle(found)
        for begin in range(0, len(found), 3):
            if not pages:
                return self._restart()
            pages -= 1
            new = self._window.new(found[begin : begin + 3])
            self.read += [one.text for one in new]
            self.again |= {one.text for one in new} & self.delivered
            done = self._order.add(Mark([one.key for one in new]))
            self._waiting.append((done, [one.text for one in new]))
        if (mark := self._window.end(span)) is not None:
            self._order.add(mark)()
        return None

    def _deliver(self, count: int) -> None:
        """Have some of what waits delivered."""
        for done, texts in self._waiting[:count]:
            done()
            self.delivered |= set(texts)
        del self._waiting[:count]

    def _restart(self) -> None:
        """Go on from what is stored."""
        stored = self._window.reached("group")
        self._window = Window(OVERLAP, stored.floor_ms, stored.keys)
        self._begin()

    def _begin(self) -> None:
        self._order = InOrder(self._window.delivered)
        self._waiting: list[tuple[Callable[[], None], list[str]]] = []


@pytest.mark.parametrize("seed", range(15))
def test_nothing_is_lost_and_nothing_delivered_comes_again(seed: int) -> None:
    """Through late events, long gaps and kills each event is delivered, and then never read."""
    story = Story(seed)
    story.tell()
    assert story.delivered == set(story.happened)
    assert not story.again
