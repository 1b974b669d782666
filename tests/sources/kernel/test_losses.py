"""What the probe counts as lost has a meaning, and is told by it."""

import pytest

from shikra.sources.kernel import btf, losses


def test_every_reason_of_the_probe_has_a_row(types: btf.Btf) -> None:
    """The probe's reasons and the kernel's own are all described, and no others."""
    counted = {name.removeprefix("LOSS_").lower() for name in types.enum("loss")} - {"count"}
    assert counted | {losses.RECURSION} == set(losses.REASONS)


@pytest.mark.parametrize(
    ("reason", "is_told"),
    [
        pytest.param("ring_full", True, id="an event is lost"),
        pytest.param("processes_full", True, id="judged with less than there was"),
        pytest.param("arguments_cut", False, id="said on the event itself"),
        pytest.param("of a newer probe", True, id="a reason that isn't known"),
    ],
)
def test_what_no_event_says_is_told(reason: str, is_told: bool) -> None:
    """Counts are summed over CPUs; what an event itself says isn't told again."""
    told = losses.told({reason: (3, 0, 4)}, {})
    assert told.get(reason) == (7 if is_told else None)


def test_runs_that_the_kernel_left_out_are_lost_events() -> None:
    """A hook that didn't run has seen nothing, whichever it was."""
    assert losses.told({}, {"call_returned": 2, "process_ended": 1}) == {losses.RECURSION: 3}
