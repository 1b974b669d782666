"""Which file systems several pods see."""

from shikra.enforce.guard.shares import Shares

A, B, C = 1, 2, 3
SECRET, OTHER = 40, 41


def test_containers_of_one_pod_share_as_they_like() -> None:
    """A volume of the pod is seen by each of its containers."""
    shares = Shares()
    assert shares.saw(A, "pod", frozenset({SECRET})) == frozenset()
    assert shares.saw(B, "pod", frozenset({SECRET})) == frozenset()
    assert shares.sharers(A, SECRET) == ()


def test_another_pod_that_sees_it_is_named() -> None:
    """Both are told whom else it concerns, until the other has ended."""
    shares = Shares()
    shares.saw(A, "a", frozenset({SECRET, OTHER}))
    assert shares.saw(B, "b", frozenset({SECRET})) == {A}
    assert shares.saw(B, "b", frozenset({SECRET})) == frozenset()
    assert (shares.sharers(A, SECRET), shares.sharers(B, SECRET)) == ((B,), (A,))
    assert shares.sharers(A, OTHER) == ()
    assert shares.forget(B) == {A}
    assert shares.sharers(A, SECRET) == ()


def test_who_turns_out_to_be_of_the_pod_shares_no_more() -> None:
    """A pod may be known later than its container; so may be what that sees no more."""
    shares = Shares()
    shares.saw(A, "a", frozenset({SECRET}))
    shares.saw(B, "b", frozenset({SECRET}))
    shares.saw(C, "c", frozenset({SECRET}))
    assert shares.saw(B, "a", frozenset({SECRET})) == {A}
    assert shares.saw(C, "c", frozenset()) == {A, B}
    assert shares.sharers(A, SECRET) == ()
