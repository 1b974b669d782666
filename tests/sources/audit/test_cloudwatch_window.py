"""Which time is asked for, and what of it is new."""

from shikra.sources.audit.cloudwatch_page import Message, Span
from shikra.sources.audit.cloudwatch_window import NEAR_MS, Mark, Window

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
