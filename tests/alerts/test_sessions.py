"""Who is in a container is found out from what two sources tell, and never guessed."""

from typing import Any

import pytest

from shikra.alerts.sessions import MOST, MOST_ALERTS, WINDOW_NS, Sessions, Update
from shikra.model.alert import Alert
from shikra.model.rule import Priority
from support.alerts import alert
from support.visits import NOW_NS, entry, session


def seen(uuid: str = "a", priority: Priority = Priority.WARNING, **changed: Any) -> Alert:
    """Return an alert of the sensor."""
    return alert(uuid=uuid, session=session(**changed), priority=priority)


def asked(**changed: Any) -> Alert:
    """Return an alert of the audit log."""
    return alert(entry=entry(**changed))


def told(*alerts: Alert) -> list[Update]:
    """Return the updates that all these alerts give."""
    sessions = Sessions()
    return [update for one in alerts for update in sessions.take(one)]


@pytest.mark.parametrize(
    "alerts",
    [
        pytest.param((seen(), asked()), id="the audit log comes later"),
        pytest.param((asked(), seen()), id="the session is alerted about later"),
        pytest.param((seen(), asked(container_name="")), id="the only container"),
        pytest.param((seen(), asked(at_ns=NOW_NS - WINDOW_NS)), id="clocks differ"),
        pytest.param((seen(), asked(command="bash")), id="the command became another"),
        pytest.param((seen(), seen(uuid="b"), asked(), seen(uuid="c")), id="several alerts"),
        pytest.param(
            (seen(pod="", namespace=""), asked(), seen(uuid="b")), id="the pod is known later"
        ),
    ],
)
def test_a_session_is_told_whose_it_is_once(alerts: tuple[Alert, ...]) -> None:
    """However they come, one update names the user; further alerts need no other."""
    (update,) = told(*alerts)
    assert [each.user for each in update.entries] == ["ann"]
    assert update.session.id == "s1"
    assert update.alerts[0] == "a"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(asked(pod="other"), id="another pod"),
        pytest.param(asked(namespace="other"), id="another namespace"),
        pytest.param(asked(container_name="other"), id="another container"),
        pytest.param(asked(at_ns=NOW_NS + WINDOW_NS + 1), id="too late"),
        pytest.param(asked(at_ns=NOW_NS - WINDOW_NS - 1), id="too early"),
    ],
)
def test_what_does_not_fit_is_not_told(request_: Alert) -> None:
    """A request to somewhere else, or at another time, let nobody in here."""
    assert told(seen(), request_) == []


def test_containers_without_a_pod_belong_to_nobody() -> None:
    """A session outside of Kubernetes fits no request, not even one that names no pod."""
    assert told(seen(pod="", namespace=""), asked(pod="", namespace="")) == []


def test_the_command_tells_two_apart() -> None:
    """Of two who came at the same time, each is told by what they run."""
    updates = told(
        seen(),
        seen(uuid="b", id="s2", command="bash"),
        asked(),
        asked(command="bash", user="bob"),
    )
    last = {update.session.id: [each.user for each in update.entries] for update in updates}
    assert last == {"s1": ["ann"], "s2": ["bob"]}


def test_two_that_cannot_be_told_apart_are_both_named() -> None:
    """Where it isn't known which of two it is, both are told, and nothing is guessed."""
    updates = told(seen(), asked(), asked(user="bob"))
    assert [[each.user for each in update.entries] for update in updates] == [
        ["ann"],
        ["ann", "bob"],
    ]


def test_an_update_is_as_severe_as_its_session() -> None:
    """An update has the priority of the most severe alert, and names the first of them."""
    alerts = [seen(uuid=str(number)) for number in range(MOST_ALERTS + 5)]
    (update,) = told(*alerts, seen(uuid="x", priority=Priority.CRITICAL), asked())
    assert update.priority is Priority.CRITICAL
    assert update.alerts == tuple(str(number) for number in range(MOST_ALERTS))


def test_memory_is_bounded() -> None:
    """Who makes many sessions has the oldest forgotten, and nothing else."""
    sessions = Sessions()
    for number in range(MOST + 1):
        sessions.take(seen(id=str(number), started_ns=number * WINDOW_NS * 3))
    assert sessions.take(asked(at_ns=0)) == []
    (update,) = sessions.take(asked(at_ns=MOST * WINDOW_NS * 3))
    assert update.session.id == str(MOST)
