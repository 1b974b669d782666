"""When a CPU counts as silent, and when that is told."""

import pytest

from shikra.app.pipeline.health import (
    SECOND_NS,
    Health,
    Silence,
    SilenceWatch,
    Status,
    judge,
    silence_in,
)

ALL_HEARD = Silence((), 0)


@pytest.mark.parametrize(
    ("ages", "found"),
    [
        pytest.param({}, ALL_HEARD, id="no CPU"),
        pytest.param({0: 10, 1: 0}, ALL_HEARD, id="as old as allowed"),
        pytest.param({0: 11, 2: 30, 1: 1}, Silence((0, 2), 30 * SECOND_NS), id="two too old"),
    ],
)
def test_a_cpu_is_silent_past_the_limit(ages: dict[int, int], found: Silence) -> None:
    """A sign that is older than the limit is none; the oldest says for how long."""
    ages_ns = {cpu: seconds * SECOND_NS for cpu, seconds in ages.items()}
    assert silence_in(ages_ns, 10) == found


@pytest.mark.parametrize(
    ("found", "is_running", "answer"),
    [
        pytest.param(ALL_HEARD, True, Health(Status.OK), id="all well"),
        pytest.param(Silence((1,), 5), True, Health(Status.SILENT, (1,)), id="a silent CPU"),
        pytest.param(Silence((1,), 5), False, Health(Status.STOPPED), id="stopped altogether"),
    ],
)
def test_health_is_running_and_hearing(found: Silence, is_running: bool, answer: Health) -> None:
    """Only who watches, and hears of every CPU, is healthy."""
    assert judge(found, is_running=is_running) == answer


def test_each_cpu_that_falls_silent_is_told_once() -> None:
    """What was told isn't told again until it was heard of; a further CPU is news."""
    watch = SilenceWatch()
    steps = [(), (1,), (1,), (1, 2), (2,), (), (1,)]
    told = [watch.observe(Silence(cpus, len(cpus))) is not None for cpus in steps]
    assert told == [False, True, False, True, False, False, True]
