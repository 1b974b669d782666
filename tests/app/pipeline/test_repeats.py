"""A flood of one alert is told as a count, and takes no other's place."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.app.pipeline import repeats
from shikra.app.pipeline.repeats import SECOND_NS, Held, Key, Repeats
from shikra.app.settings import AlertLimit, RuleLimit
from shikra.model.alert import Alert
from support.alerts import EXAMPLE

RULE = EXAMPLE.rule
READ, ELSEWHERE = Key(RULE, 1), Key(RULE, 2)
OTHER = Key(msgspec.structs.replace(RULE, name="Other"), 1)
END = 10 * SECOND_NS
LIMIT = AlertLimit(burst=3, rate=2)


def told(of: Repeats, key: Key, *seconds: float) -> list[int]:
    """Let something match at these times; return for how many each alert stands, 0 for none."""
    taken = [of.take(key, int(second * SECOND_NS), lambda: EXAMPLE) for second in seconds]
    return [0 if alert is None else alert.count for alert in taken]


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [
        pytest.param([1, 1, 1, 1, 1], [1, 1, 1, 0, 0], id="a burst, then none"),
        pytest.param([1, 1, 1, 1, 1, 1.5, 1.5], [1, 1, 1, 0, 0, 3, 0], id="the next tells of more"),
        pytest.param([1, 1.5, 2, 2.5, 3, 3.5, 4], [1] * 7, id="a steady rate"),
        pytest.param([1, 1, 1, 9, 9, 9, 9], [1, 1, 1, 1, 1, 1, 0], id="the bucket fills again"),
        pytest.param([999, 999, 999, 999, 1, 1], [1, 1, 1, 0, 2, 1], id="a clock set back"),
        pytest.param([60, 60, 60, 1, 60, 1], [1, 1, 1, 0, 0, 0], id="an event that comes late"),
    ],
)
def test_a_bucket_lets_a_burst_and_a_rate_through(seconds: list[float], counts: list[int]) -> None:
    """What finds no token is held, and counted by the next alert that is told."""
    assert told(Repeats(LIMIT), READ, *seconds) == counts


@pytest.mark.parametrize("behind", [0.001, 0.5, 3.0, 30.0])
@pytest.mark.parametrize("processes", [1, 400])
def test_times_of_two_rings_give_no_more_than_one(behind: float, processes: int) -> None:
    """Records that come by turns from a ring and a slower one get one burst, and one rate."""
    of = Repeats(AlertLimit(burst=3, rate=2, of_rule=RuleLimit(burst=5, rate=1)))
    seconds = [60 + number / 200 - (number % 2) * behind for number in range(400)]
    counts = [
        told(of, Key(RULE, number % processes), second)[0] for number, second in enumerate(seconds)
    ]
    assert sum(count > 0 for count in counts) <= 5 + 2 * 1 + 1


def test_a_limit_that_was_made_narrow_and_wide_again_holds_for_its_own_time() -> None:
    """What was spent by a limit of before is no debt that a new limit can't pay back."""
    of = Repeats(AlertLimit(burst=100, rate=0.01))
    told(of, READ, *[1] * 100)
    of.settings = LIMIT
    assert told(of, READ, 1, 2) == [0, 2]


def test_each_rule_and_each_process_has_a_bucket() -> None:
    """A flood of one rule in one process holds back no other rule, and no other process."""
    of = Repeats(LIMIT)
    assert told(of, READ, *[1] * 9)[-1] == 0
    assert told(of, OTHER, 1) == [1]
    assert told(of, ELSEWHERE, 1) == [1]


def test_a_rule_has_a_limit_for_all_processes_together() -> None:
    """However many processes make one alert, past a number it is told as one count a second."""
    of = Repeats(AlertLimit(burst=3, rate=2, of_rule=RuleLimit(burst=10, rate=1)))
    counts = [count for process in range(50) for count in told(of, Key(RULE, process), *[1] * 4)]
    assert counts.count(1) == 10
    assert told(of, OTHER, 1) == [1]
    assert list(of.rest(SECOND_NS)) == [Held(RULE, 50 * 4 - 10, EXAMPLE)]


def test_what_nothing_follows_is_told_by_its_number() -> None:
    """The last alert comes with the number of those held, once."""
    of = Repeats(LIMIT)
    told(of, READ, *[1] * 8)
    told(of, OTHER, 1)
    assert list(of.rest(END)) == [Held(RULE, 5, EXAMPLE)]
    assert list(of.rest(END)) == []
    assert told(of, READ, 9) == [1]


def test_a_burst_of_none_is_no_limit() -> None:
    """The limit can be switched off, while it runs as well."""
    of = Repeats(LIMIT)
    of.settings = AlertLimit(burst=0)
    assert told(of, READ, *[1] * 9) == [1] * 9


def test_a_bucket_that_is_pushed_out_tells_what_it_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of buckets is bounded, and no count is lost by that."""
    monkeypatch.setattr(repeats, "MOST_BUCKETS", 2)
    of = Repeats(LIMIT)
    told(of, READ, *[1] * 8)
    for process in range(10, 15):
        told(of, Key(RULE, process), 1)
    assert [held.count for held in of.rest(END)] == [5]


STEPS = st.lists(st.tuples(st.sampled_from([READ, OTHER, ELSEWHERE]), st.floats(0, 9)), max_size=80)


@given(STEPS)
def test_counts_add_up(steps: list[tuple[Key, float]]) -> None:
    """Whatever happens when, the counts of all that is told are what happened."""
    of = Repeats(AlertLimit(burst=3, rate=2, of_rule=RuleLimit(burst=4, rate=1)))
    alerts: list[Alert | None] = [
        of.take(key, int(second * SECOND_NS), lambda: EXAMPLE) for key, second in steps
    ]
    total = sum(alert.count for alert in alerts if alert) + sum(held.count for held in of.rest(END))
    assert total == len(steps)


def test_what_the_kernel_held_is_told_with_the_rest() -> None:
    """It counts with the next alert, or else with what is left; of whom nothing was told, too."""
    of = Repeats(LIMIT)
    told(of, READ, 1)
    of.hold(READ, 7)
    of.hold(OTHER, 4)
    assert told(of, READ, 2) == [8]
    of.hold(READ, 2)
    assert list(of.rest(END)) == [Held(OTHER.rule, 4, None), Held(RULE, 2, of_last(8))]


def of_last(count: int) -> Alert:
    """Return the alert that stood for so many."""
    return msgspec.structs.replace(EXAMPLE, count=count)


def test_an_alert_keeps_its_own_values() -> None:
    """But for the count, an alert that stands for more is that of its own event."""
    of = Repeats(AlertLimit(burst=1, rate=1))
    told(of, READ, 1, 1)
    own = msgspec.structs.replace(EXAMPLE, message="another")
    assert of.take(READ, 9 * SECOND_NS, lambda: own) == msgspec.structs.replace(own, count=2)
