"""How long opens wait for the guard."""

import pytest

from shikra.enforce.guard import pace


@pytest.mark.parametrize(
    ("took_ns", "at"),
    [
        pytest.param(0, 0, id="at once"),
        pytest.param(25_000, 0, id="just within the first bound"),
        pytest.param(25_001, 1, id="past it"),
        pytest.param(10**10, len(pace.BOUNDS_NS), id="past every bound"),
    ],
)
def test_each_answer_is_in_one_class(took_ns: int, at: int) -> None:
    """By the least bound that it kept."""
    watch = pace.Watch()
    watch.answered(took_ns)
    told = watch.figures()
    watch.close()
    assert [number for number, count in enumerate(told.answered) if count] == [at]
    assert (told.total_ns, told.slowest_ns) == (took_ns, took_ns)


def test_what_the_process_was_kept_waiting_is_told() -> None:
    """By the kernel's own figures, from the start of the watch."""
    watch = pace.Watch()
    told = watch.figures()
    watch.close()
    assert 0 <= told.most_delayed_ns <= told.delayed_ns < 10**9
