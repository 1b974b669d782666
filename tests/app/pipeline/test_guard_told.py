"""What somebody must know of the guard."""

from shikra.app.pipeline.guard_told import AGAIN_NS, Told, Trouble, Undecided
from shikra.enforce.guard.messages import Counts


def test_opens_that_nobody_decided_are_told_now_and_then() -> None:
    """The first at once, those that follow together; one is never told twice."""
    undecided = Undecided()
    assert undecided.told(Counts(allowed=5, denied=7), 0) is None
    assert undecided.told(Counts(late=1), 1) == Told(Trouble.NOT_DECIDED, what="too late 1")
    more = Counts(late=3, unknown=1, failures=2)
    assert undecided.told(more, AGAIN_NS) is None
    told = undecided.told(more, AGAIN_NS + 1)
    assert told == Told(Trouble.NOT_DECIDED, what="too late 2, unknown process 1, mistake 2")
    assert undecided.told(more, 3 * AGAIN_NS) is None
