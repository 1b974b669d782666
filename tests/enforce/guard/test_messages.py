"""What is said between the guard and the main process."""

import os

import pytest

from shikra.enforce.guard import messages


def test_a_message_arrives_as_it_was_sent_with_what_was_beside_it() -> None:
    """Orders and reports keep their kind; descriptors lead to the same file."""
    ours, theirs = messages.pair()
    with ours, theirs:
        memory = messages.in_memory(b"tables")
        assert messages.send(ours, messages.UseRules(3), (memory,))
        assert messages.send(ours, messages.Ask())
        taken = messages.take_order(theirs)
        assert taken is not None
        assert taken[0] == messages.UseRules(3)
        assert messages.from_memory(taken[1][0]) == b"tables"
        assert messages.take_order(theirs) == (messages.Ask(), [])
        assert messages.take_order(theirs) is None
        os.close(memory)
        counts = messages.Counts(denied=4)
        assert messages.send(theirs, counts)
        assert messages.take_report(ours) == counts


def test_nobody_waits_for_who_does_not_listen() -> None:
    """What there is no room for isn't sent, and that is said."""
    ours, theirs = messages.pair()
    with ours, theirs:
        while messages.send(ours, messages.Ask()):
            pass
        assert messages.take_order(theirs) == (messages.Ask(), [])


@pytest.mark.parametrize(
    "take", [messages.take_order, messages.take_report], ids=["orders", "reports"]
)
def test_the_end_is_told(take: object) -> None:
    """Once the other end is closed, that is an error and no silence."""
    ours, theirs = messages.pair()
    theirs.close()
    with ours:
        with pytest.raises(messages.ClosedError):
            take(ours)  # type: ignore[operator]  # one of the two above
        with pytest.raises(messages.ClosedError):
            messages.send(ours, messages.Ask())
