"""Which rules an event may fire."""

import pytest

from shikra.app.pipeline import candidates
from shikra.app.pipeline.candidates import Candidates

RULES = (frozenset({0}), frozenset({1, 2}), frozenset[int](), *[frozenset({9})] * 13)


@pytest.mark.parametrize(
    ("conditions", "rules"),
    [
        pytest.param(b"", set(), id="no bits"),
        pytest.param(bytes(128), set(), id="none"),
        pytest.param(b"\1", {0}, id="the first"),
        pytest.param(b"\2\0", {1, 2}, id="one of two rules"),
        pytest.param(b"\7", {0, 1, 2}, id="several"),
        pytest.param(b"\4", set(), id="one of no rule"),
        pytest.param(b"\0\x80", {9}, id="in the second byte"),
    ],
)
def test_conditions_stand_for_their_rules(conditions: bytes, rules: set[int]) -> None:
    """The rules are those of all conditions that are set, asked once or twice."""
    asked = Candidates(RULES)
    assert asked.among(conditions) == rules
    assert asked.among(conditions) == rules


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sets come, memory is bounded and the answers stay right."""
    monkeypatch.setattr(candidates, "MOST_KEPT", 2)
    asked = Candidates(RULES)
    for _ in range(2):
        assert [asked.among(bytes([bits])) for bits in (1, 2, 4)] == [{0}, {1, 2}, set()]
        assert len(asked._kept) <= 2  # noqa: SLF001  what is bounded is inside
