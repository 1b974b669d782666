"""Copies of events are told from events, within bounds."""

from shikra.sources.audit.seen import Seen


def test_a_copy_is_known() -> None:
    """What was there before isn't new."""
    seen = Seen()
    assert [seen.is_new(one) for one in (b"a", b"b", b"a", b"b", b"c")] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_what_is_asked_for_often_is_remembered_longest() -> None:
    """Only so many are remembered: what was there longest ago is forgotten first."""
    seen = Seen(capacity=2)
    seen.is_new(b"a")
    seen.is_new(b"b")
    assert not seen.is_new(b"a")
    assert seen.is_new(b"c")  # pushes b out
    assert not seen.is_new(b"a")
    assert seen.is_new(b"b")
