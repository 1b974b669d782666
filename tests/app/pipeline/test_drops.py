"""When the loss of events is told."""

import pytest

from shikra.app.pipeline.drops import SECOND_NS, Drop, DropWatch
from shikra.app.settings import Drops

OFTEN = Drops(threshold=0.1, rate=1, max_burst=1)


def told(settings: Drops, *totals: tuple[float, int, int]) -> list[Drop | None]:
    """Observe totals of seen and lost at these seconds."""
    watch = DropWatch(settings, 0)
    return [
        watch.observe(int(second * SECOND_NS), seen, {"ring_full": lost})
        for second, seen, lost in totals
    ]


@pytest.mark.parametrize(
    ("threshold", "seen", "lost", "is_told"),
    [
        pytest.param(0.1, 100, 0, False, id="nothing lost"),
        pytest.param(0.0, 100, 0, False, id="nothing lost, no threshold"),
        pytest.param(0.0, 100, 1, True, id="one lost, no threshold"),
        pytest.param(0.1, 100, 11, False, id="just below"),
        pytest.param(0.1, 90, 10, True, id="exactly at it"),
        pytest.param(1.0, 0, 5, True, id="everything lost"),
        pytest.param(1.0, 1, 5, False, id="not everything lost"),
    ],
)
def test_loss_is_told_from_the_threshold_on(
    threshold: float, seen: int, lost: int, is_told: bool
) -> None:
    """The threshold is the share of events that were lost in the interval."""
    settings = Drops(threshold=threshold, rate=1, max_burst=1)
    (drop,) = told(settings, (1, seen, lost))
    assert drop == (Drop(seen, {"ring_full": lost}, SECOND_NS) if is_told else None)


def test_only_what_is_new_counts() -> None:
    """Totals that stand still tell nothing; the next loss is told with its own size."""
    drops = told(OFTEN, (1, 10, 5), (2, 20, 5), (3, 25, 9))
    assert drops == [
        Drop(10, {"ring_full": 5}, SECOND_NS),
        None,
        Drop(5, {"ring_full": 4}, SECOND_NS),
    ]


def test_it_is_not_told_too_often() -> None:
    """After the burst, telling waits until the rate allows it again."""
    settings = Drops(threshold=0.1, rate=0.125, max_burst=2)
    drops = told(settings, *((second, 0, second) for second in range(1, 23)))
    assert [second for second, drop in enumerate(drops, 1) if drop] == [1, 2, 9, 17]


@pytest.mark.parametrize(
    "totals",
    [
        pytest.param([(1, 0, 5), (2, 1, 400), (3, 2, 900)], id="it goes on"),
        pytest.param([(1, 0, 5), (2, 1, 900), (3, 2, 900)], id="it has ended"),
        pytest.param([(1, 0, 5), (2, 1, 899), (3, 2_000, 900)], id="it grows less"),
    ],
)
def test_what_a_flood_loses_between_two_tellings_is_added_up(
    totals: list[tuple[float, int, int]],
) -> None:
    """All that is told of a flood adds up to what it lost, and says in how long."""
    settings = Drops(threshold=0.1, rate=0.1, max_burst=1)
    drops = [drop for drop in told(settings, *totals, (11, 3_000, 900)) if drop]
    assert [drop.lost for drop in drops] == [{"ring_full": 5}, {"ring_full": 895}]
    assert drops[1].over_ns in {SECOND_NS, 2 * SECOND_NS}


def test_what_is_untold_at_the_end_is_there_once() -> None:
    """Who stops early can tell what the rate has held back."""
    watch = DropWatch(Drops(rate=0.01), 0)
    for second in range(1, 4):
        watch.observe(second * SECOND_NS, 0, {"ring_full": 10 * second})
    assert watch.rest() == Drop(0, {"ring_full": 20}, 2 * SECOND_NS)
    assert watch.rest() is None


def test_a_clock_that_jumps_back_does_no_harm() -> None:
    """Going back in time gives no more tokens and breaks nothing."""
    drops = told(OFTEN, (100, 0, 1), (1, 0, 2), (2, 0, 3))
    assert drops == [
        Drop(0, {"ring_full": 1}, 100 * SECOND_NS),
        None,
        Drop(0, {"ring_full": 2}, SECOND_NS),
    ]
