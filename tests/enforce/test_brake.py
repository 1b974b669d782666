"""When a rule does more than a rule should."""

import pytest

from shikra.enforce.brake import SECOND_NS, Brake, Done, Settings, Trip

SETTINGS = Settings(pods=2, processes=2, per_seconds=60)


def done(number: int = 0, *, pod: str = "pod", by: bool = False, rule: str = "R") -> Done:
    """Return that a rule acted on the process of this number."""
    return Done(rule=rule, pod=pod, process=number, is_applications=by)


@pytest.mark.parametrize(
    ("acts", "trips"),
    [
        pytest.param([done(n) for n in range(100)], False, id="a session's repeats"),
        pytest.param([done(n, pod=f"p{n}") for n in range(2)], False, id="as many pods as may be"),
        pytest.param([done(n, pod=f"p{n}") for n in range(3)], True, id="one pod more"),
        pytest.param([done(n, by=True) for n in range(2)], False, id="as many processes"),
        pytest.param([done(n, by=True) for n in range(3)], True, id="one process more"),
        pytest.param([done(7, by=True)] * 100, False, id="one process again and again"),
        pytest.param(
            [done(n, pod=f"p{n}", rule=f"R{n}") for n in range(9)], False, id="each rule for itself"
        ),
    ],
)
def test_distinct_pods_and_processes_of_applications_count(acts: list[Done], trips: bool) -> None:
    """Past so many pods, or processes of applications, a rule trips the brake; repeats never do."""
    brake = Brake(SETTINGS)
    found = [brake.observe(act, n * SECOND_NS) for n, act in enumerate(acts)]
    assert any(found) is trips
    assert not any(found[:-1])


def test_what_is_long_past_counts_no_more() -> None:
    """A rule that acts in another pod now and then goes on."""
    brake = Brake(SETTINGS)
    for n in range(50):
        assert brake.observe(done(n, pod=f"p{n}", by=True), n * 31 * SECOND_NS) is None


def test_a_trip_says_what_was_counted_and_begins_anew() -> None:
    """The trip names rule and numbers; the rule, once released, has its whole allowance again."""
    brake = Brake(SETTINGS)
    acts = [done(n, pod=f"p{n}", by=n == 0) for n in range(3)]
    assert [brake.observe(act, 0) for act in acts][-1] == Trip(rule="R", pods=3, processes=1)
    assert [brake.observe(act, 1) for act in acts[:2]] == [None, None]
