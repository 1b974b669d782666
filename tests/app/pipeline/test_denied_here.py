"""Calls that the kernel refused, as they return."""

import pytest

from shikra.app.pipeline.denied_here import MOST, WITHIN_NS, DeniedHere


@pytest.mark.parametrize(
    ("pid", "rule", "after_ns", "is_it"),
    [
        pytest.param(1, "R", 1_000, True, id="it comes back"),
        pytest.param(2, "R", 1_000, False, id="another process"),
        pytest.param(1, "S", 1_000, False, id="another rule"),
        pytest.param(1, "R", WITHIN_NS + 1, False, id="too late to be it"),
    ],
)
def test_a_call_is_known_again(pid: int, rule: str, after_ns: int, is_it: bool) -> None:
    """Calls of the same process that fail soon after for the same rule are those refused."""
    denied = DeniedHere()
    denied.add(1, "R", 5)
    assert [denied.took(pid, rule, 5 + after_ns) for _ in range(2)] == [is_it] * 2


def test_memory_is_bounded() -> None:
    """Of too many the oldest is forgotten."""
    denied = DeniedHere()
    for pid in range(MOST + 1):
        denied.add(pid, "R", 0)
    assert not denied.took(0, "R", 0)
    assert denied.took(1, "R", 0)
