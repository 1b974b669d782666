"""What was done of late."""

from shikra.enforce.log import Entry, Log
from shikra.model.enforcement import Action, Mechanism


def entry(number: int) -> Entry:
    """Return an entry about the process of this number."""
    return Entry(
        time_ns=number,
        rule="R",
        revision="1",
        action=Action.KILLED,
        mechanism=Mechanism.SIGNAL,
        container="abc",
        pod="shop/app",
        pid=number,
        command="cat",
        path="/x",
    )


def test_the_latest_are_kept() -> None:
    """The oldest make room and are counted; the latest come last."""
    log = Log(capacity=3)
    for number in range(5):
        log.add(entry(number))
    assert [each.pid for each in log.latest(2)] == [3, 4]
    assert [each.pid for each in log.latest(9)] == [2, 3, 4]
    assert log.latest(0) == []
    assert log.forgotten == 2
