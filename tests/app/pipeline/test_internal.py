"""Alerts about Shikra itself."""

import pytest

from shikra.app.pipeline import internal
from shikra.app.pipeline.drops import Drop
from shikra.app.pipeline.enforcing import By, Change
from shikra.app.pipeline.health import Silence
from shikra.model.rule import RuleInfo
from support.clocks import ManualClock

TELLER = internal.Teller("node-1", ManualClock(wall_ns=42))


def test_drops_are_told_by_reason() -> None:
    """How many were lost and seen stands in the text and, by reason, in the fields."""
    drop = Drop(10, {"ring_full": 4, "scratch_busy": 1}, 30_000_000_000)
    alert = TELLER.drops(internal.LOST_EVENTS, drop)
    assert alert.message == (
        "Shikra internal: events dropped: 5 lost, 10 seen in 30 s (ring_full 4, scratch_busy 1)"
    )
    assert alert.fields == {
        "n_evts": 10,
        "n_drops": 5,
        "n_drops_ring_full": 4,
        "n_drops_scratch_busy": 1,
    }
    assert (alert.rule.source, alert.hostname, alert.time_ns) == ("internal", "node-1", 42)


def test_silence_names_the_cpus() -> None:
    """Which CPUs are silent stands in the text and the fields, and since when."""
    alert = TELLER.silence(Silence((0, 3), 12_340_000_000))
    assert alert.message == (
        "Shikra internal: heartbeat missing: no sign of life from CPU 0, 3 for 12.3 s"
    )
    assert alert.fields == {"cpus": [0, 3], "age_seconds": 12.34}


def test_a_refused_reload_names_the_mistake() -> None:
    """The first mistake stands in the text, all of them in the fields."""
    alert = TELLER.refused(["a.yaml:1:1: wrong", "b.yaml:2:2: wrong too"])
    assert alert.message == (
        "Shikra internal: reload refused: a.yaml:1:1: wrong (and 1 more);"
        " the rules loaded before stay in force"
    )
    assert alert.fields["mistakes"] == ["a.yaml:1:1: wrong", "b.yaml:2:2: wrong too"]


@pytest.mark.parametrize(
    ("by", "rule"),
    [
        pytest.param(By.SOCKET, internal.MODE_CHANGED, id="set"),
        pytest.param(By.BRAKE, internal.BRAKED, id="braked"),
    ],
)
def test_a_change_of_a_mode_says_what_and_why(by: By, rule: RuleInfo) -> None:
    """Which modes changed stands in the text and the fields; a brake is another, worse alert."""
    change = Change(by=by, why="since it is so", changes=("a from b to c", "d from e to f"))
    alert = TELLER.mode_changed(change)
    assert alert.rule == rule
    assert alert.message == f"{rule.name}: a from b to c, d from e to f: since it is so"
    assert alert.fields == {"by": by.value, "changes": ["a from b to c", "d from e to f"]}
