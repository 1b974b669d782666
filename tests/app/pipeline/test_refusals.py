"""Which alert belongs to which refused open, and what no alert has told of."""

import itertools

import pytest

from shikra.app.pipeline.refusals import FLOOD, More, Refusal, Refusals
from shikra.enforce.guard.messages import Denied
from shikra.model.event import Event
from support.events import opened

RULE, OTHER = "Secret read", "Secret read twice"
ONE = frozenset({RULE})
SECOND = 1_000_000_000
LATER = 2 * SECOND
PROCESS = 1


def denied(pid: int = 5, *, process: int = PROCESS, count: int = 1) -> Denied:
    """Return a refusal as the guard tells it."""
    return Denied(
        time_ns=1,
        pid=pid,
        process=process,
        container=7,
        generation=2,
        conditions=frozenset({0}),
        name=b"/mnt/secrets/token",
        count=count,
        is_flood=count > 1,
    )


def refusals(*each: Denied, rules: frozenset[str] = ONE) -> Refusals:
    """Know of these, told at time 0."""
    made = Refusals()
    for one in each:
        made.add(one, rules, 0)
    return made


def took(known: Refusals, pid: int, rule: str = RULE, now_ns: int = 0) -> bool:
    """Let an event of the process match."""
    return known.took(PROCESS, pid, rule, now_ns)


def test_an_open_that_was_refused_has_one_alert_for_each_rule() -> None:
    """What matches next in that process, by that rule, is of another open."""
    known = refusals(denied(), rules=frozenset({RULE, OTHER}))
    assert not took(known, 6)
    assert took(known, 5)
    assert not took(known, 5)
    assert took(known, 5, OTHER)
    assert list(known.settle(LATER)) == []


def test_what_no_event_tells_of_is_due_by_itself() -> None:
    """After the time that an event may take, once, with the rules that nothing told of."""
    known = refusals(denied(), rules=frozenset({RULE, OTHER}))
    took(known, 5)
    assert list(known.settle(SECOND // 2)) == []
    due = next(iter(known.settle(LATER)))
    assert isinstance(due, Refusal)
    assert due.rules == {OTHER}


def test_what_the_kernel_counted_is_not_told_again() -> None:
    """In a flood it holds back events, and says how many."""
    known = refusals(denied(), denied(count=1000))
    assert took(known, 5)
    assert known.held(PROCESS, RULE, 1000, SECOND)
    assert list(known.settle(LATER)) == []


def test_a_flood_that_nothing_tells_of_is_one_alert_and_a_count() -> None:
    """An event is made of one refusal, and stands for the others."""
    known = refusals(denied(), denied(count=1000))
    assert took(known, 5)
    told = []
    for one in known.settle(LATER):
        told.append(one)
        if isinstance(one, Refusal):
            known.put_back(one, LATER)
            assert took(known, 5, now_ns=LATER)
    assert [isinstance(one, Refusal) for one in told] == [True, False]
    assert told[1] == More(PROCESS, RULE, 999)
    assert list(known.settle(2 * LATER)) == []


def test_a_flood_that_goes_on_is_settled_meanwhile() -> None:
    """What was refused long enough ago is counted; what was just now may yet be told of."""
    known = refusals()
    counts = 0
    for tenth in range(100):
        now_ns = tenth * SECOND // 10
        known.add(denied(count=10), ONE, now_ns)
        more = [one for one in known.settle(now_ns) if isinstance(one, More)]
        counts += sum(one.count for one in more)
    assert 900 <= counts < 1000
    counts += sum(one.count for one in known.settle(12 * SECOND) if isinstance(one, More))
    assert counts == 1000


@pytest.mark.parametrize(
    ("refused", "is_taken"),
    [pytest.param(1, False, id="once"), pytest.param(FLOOD, True, id="in a flood")],
)
def test_in_a_flood_each_open_is_taken_for_a_refused_one(*, refused: int, is_taken: bool) -> None:
    """The refusal comes with the next count; a moment after the flood it would have come."""
    known = refusals(*[denied()] * refused)
    for _ in range(refused):
        assert took(known, 5)
    assert took(known, 5, now_ns=SECOND // 2) == is_taken
    assert not took(known, 5, now_ns=3 * SECOND)


def test_events_may_come_before_the_count_of_their_refusals() -> None:
    """They are remembered until then, whatever is settled in between."""
    known, now_ns = refusals(), 100 * SECOND
    known.add(denied(count=2), ONE, now_ns)
    assert known.took(9, 9, RULE, now_ns)
    assert list(known.settle(now_ns)) == []
    known.add(denied(9, process=9), ONE, now_ns)
    due = [one for one in known.settle(now_ns + LATER) if isinstance(one, Refusal)]
    assert [one.denied.process for one in due] == [PROCESS]


def test_a_flood_by_many_processes_is_known_as_one() -> None:
    """What is told of one that the guard didn't name counts with those it didn't name."""
    known = refusals(denied(pid=0, process=0, count=100))
    for process in range(1, 41):
        assert known.took(process, process, RULE, 0)
    assert list(known.settle(LATER))[-1:] == [More(0, RULE, 60)]


def test_an_event_made_of_a_refusal_matches_it_or_a_count_tells() -> None:
    """It is put back for that, and never due again."""
    known = refusals(denied(), denied())
    (first, *_) = due = list(known.settle(LATER))
    assert isinstance(first, Refusal)
    assert due[-1] == More(PROCESS, RULE, 2)
    known.put_back(first, LATER)
    assert list(known.settle(3 * LATER)) == []


def test_at_the_end_the_youngest_is_due() -> None:
    """Nothing that could tell of it comes any more; what an event told of isn't."""
    known = refusals(denied(5), denied(6), denied(7, count=50))
    assert took(known, 6)
    due = []
    for one in known.settle_all():
        due.append(one)
        if isinstance(one, Refusal):
            known.put_back(one, 0)
            assert took(known, one.denied.pid)
    assert [one.denied.count for one in due if isinstance(one, Refusal)] == [1, 50]
    assert due[-1] == More(PROCESS, RULE, 49)
    assert list(known.settle_all()) == []


def test_memory_is_bounded_and_nothing_is_lost() -> None:
    """Of those that make room, the number is told."""
    known = refusals()
    for number in range(1, 6001):
        known.add(denied(number, process=number), ONE, 0)
    assert known.took(6000, 6000, RULE, 0)
    told = list(known.settle(LATER))
    alone = sum(isinstance(one, Refusal) for one in told)
    assert alone == 1023
    assert sum(one.count for one in told if isinstance(one, More)) == 5999


def test_an_event_is_made_of_what_is_still_waiting() -> None:
    """What an event tells of while another is made needs none; what can't be made may be later."""
    known = refusals(denied(5), denied(6), denied(7))
    event = opened("/mnt/secrets/token")

    def make(told: Denied) -> Event | None:
        """Let the event of another process come meanwhile."""
        assert took(known, 6) == (told.pid == 5)
        return None if told.pid == 7 else event

    known.complete(make)
    due = itertools.islice(known.settle(LATER), 2)
    assert [(one.denied.pid, one.event) for one in due if isinstance(one, Refusal)] == [
        (5, event),
        (7, None),
    ]
