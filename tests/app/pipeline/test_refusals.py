"""Which alert belongs to which refused open."""

from shikra.app.pipeline.refusals import PATIENCE_NS, RECENT_NS, Refusals
from shikra.enforce.guard.messages import Denied
from shikra.model.event import Event
from support.events import opened

RULE, OTHER = "Secret read", "Secret read twice"
LATER = PATIENCE_NS + 1


def denied(pid: int = 5, name: bytes = b"/mnt/secrets/token") -> Denied:
    """Return a refusal as the guard tells it."""
    return Denied(
        time_ns=1,
        pid=pid,
        process=1,
        container=7,
        generation=2,
        conditions=frozenset({0}),
        name=name,
    )


def refusals(*each: Denied, rules: frozenset[str] = frozenset({RULE})) -> Refusals:
    """Know of these, told at time 0."""
    made = Refusals()
    for one in each:
        made.add(one, rules, 0)
    return made


def test_an_open_that_was_refused_has_one_alert_for_each_rule() -> None:
    """What matches next in that process, by that rule, is of another open."""
    known = refusals(denied(), rules=frozenset({RULE, OTHER}))
    assert not known.took(6, RULE, 0)
    assert known.took(5, RULE, 0)
    assert not known.took(5, RULE, 0)
    assert known.took(5, OTHER, 0)
    assert list(known.due(LATER)) == []


def test_what_no_event_tells_of_is_due_by_itself() -> None:
    """After the time that an event may take, once, with the rules that nothing told of."""
    known = refusals(denied(), rules=frozenset({RULE, OTHER}))
    known.took(5, RULE, 0)
    assert list(known.due(PATIENCE_NS)) == []
    (due,) = known.due(LATER)
    assert due.rules == {OTHER}
    assert list(known.due(2 * LATER)) == []


def test_a_process_that_was_told_of_lately_is_not_told_of_by_itself() -> None:
    """The kernel counts its repeats, and their events never come; later it is told again."""
    known = refusals(denied(), denied())
    assert known.took(5, RULE, 0)
    assert list(known.due(LATER)) == []
    known.add(denied(), frozenset({RULE}), RECENT_NS)
    assert len(list(known.due(RECENT_NS + LATER))) == 1


def test_an_event_made_of_a_refusal_matches_it_or_nothing_does() -> None:
    """It is put back for that, and never due again."""
    known = refusals(denied())
    (due,) = known.due(LATER)
    known.put_back(due, LATER)
    assert known.took(5, RULE, LATER)
    known.put_back(due, LATER)
    assert list(known.due(3 * LATER)) == []


def test_a_flood_is_bounded() -> None:
    """The oldest go, and are counted."""
    known = refusals(*(denied(pid) for pid in range(1, 1100)))
    assert known.untold == 1099 - 1024
    assert not known.took(1, RULE, 0)
    assert known.took(1099, RULE, 0)


def test_an_event_is_made_of_what_is_still_waiting() -> None:
    """What an event tells of while another is made needs none; what can't be made may be later."""
    known = refusals(denied(5), denied(6), denied(7))
    event = opened("/mnt/secrets/token")

    def make(told: Denied) -> Event | None:
        """Let the event of another process come meanwhile."""
        assert known.took(6, RULE, 0) == (told.pid == 5)
        return None if told.pid == 7 else event

    known.complete(make)
    assert [(due.denied.pid, due.event) for due in known.due(LATER)] == [(5, event), (7, None)]
