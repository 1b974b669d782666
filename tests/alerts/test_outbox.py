"""Outputs that are slow, closed or broken."""

import threading
from collections.abc import Iterator

import pytest

from shikra.alerts import outbox
from shikra.alerts.outbox import Deliveries, Outbox
from shikra.model.alert import Alert
from shikra.model.outcome import Done, Outcome, Refused, Retry
from support.alerts import alert


class Fake:
    """An output that answers what it is told to, and waits at a gate."""

    name = "fake"
    title = "fake at its place"

    def __init__(self, outcomes: Iterator[Outcome | Exception]) -> None:
        """Answer with these, in order; an exception is raised."""
        self.outcomes = outcomes
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.is_closed = False

    def send(self, alert: Alert) -> Outcome:  # noqa: ARG002  what arrives is tested elsewhere
        """Wait at the gate, then answer."""
        self.entered.set()
        self.gate.wait()
        outcome = next(self.outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        """Note that nothing more comes."""
        self.is_closed = True


def delivered(*outcomes: Outcome | Exception, alerts: int) -> Deliveries:
    """Send alerts to an output with these answers, and count."""
    fake = Fake(iter(outcomes))
    fake.gate.set()
    box = Outbox(fake, capacity=100)
    for _ in range(alerts):
        box.put(alert())
    counts = box.close(timeout_s=10)
    assert fake.is_closed
    return counts


AGAIN = Retry("No space left on device", after_s=0)


@pytest.mark.parametrize(
    ("outcomes", "alerts", "expected"),
    [
        pytest.param([Done()] * 3, 3, Deliveries(3, {}, 0), id="all arrive"),
        pytest.param([AGAIN, Done()], 1, Deliveries(1, {}, 0), id="arrives when tried again"),
        pytest.param(
            [AGAIN] * outbox.MAX_ATTEMPTS + [Done()],
            2,
            Deliveries(1, {AGAIN.reason: 1}, 0),
            id="given up after some attempts, the next arrives",
        ),
        pytest.param(
            [Refused("Broken pipe")] * 2, 2, Deliveries(0, {"Broken pipe": 2}, 0), id="closed"
        ),
        pytest.param(
            [ValueError("bug"), Done()],
            2,
            Deliveries(1, {"internal error": 1}, 0),
            id="a bug in the output costs one alert",
        ),
    ],
)
def test_each_alert_arrives_or_is_counted(
    outcomes: list[Outcome | Exception], alerts: int, expected: Deliveries
) -> None:
    """Sent and dropped add up, and each loss has its reason."""
    assert delivered(*outcomes, alerts=alerts) == expected


def test_a_slow_output_never_makes_the_sensor_wait() -> None:
    """When the queue is full, further alerts are counted and the earliest are kept."""
    fake = Fake(iter([Done()] * 3))
    box = Outbox(fake, capacity=2)
    box.put(alert())
    fake.entered.wait()  # the first is being sent and out of the queue
    for _ in range(5):
        box.put(alert())
    assert box.deliveries() == Deliveries(0, {outbox.QUEUE_FULL: 3}, 2)
    fake.gate.set()
    assert box.close(timeout_s=10) == Deliveries(3, {outbox.QUEUE_FULL: 3}, 0)


def test_an_output_that_hangs_does_not_hold_up_the_end() -> None:
    """Closing gives up on an output that never returns, and counts what waited for it."""
    fake = Fake(iter([Done()]))
    box = Outbox(fake, capacity=10)
    box.put(alert())
    fake.entered.wait()
    box.put(alert())
    assert box.close(timeout_s=0) == Deliveries(0, {outbox.STOPPED: 1}, 0)
    fake.gate.set()


def test_alerts_after_the_end_are_counted() -> None:
    """A closed outbox takes nothing and says so."""
    box = Outbox(Fake(iter([])), capacity=10)
    box.close(timeout_s=10)
    box.put(alert())
    assert box.deliveries().dropped == {outbox.STOPPED: 1}


def test_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """An output that stays closed gives one warning, not one an alert."""
    delivered(*[Refused("Broken pipe")] * 9, alerts=9)
    assert [record.getMessage() for record in caplog.records] == [
        "output fake at its place: Broken pipe; alerts wait, then are dropped and counted"
    ]


def test_trouble_is_told_with_the_place(caplog: pytest.LogCaptureFixture) -> None:
    """The log says where alerts can't go, once, and when they can again."""
    caplog.set_level("INFO")
    delivered(AGAIN, AGAIN, Done(), alerts=1)
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        f"output fake at its place: {AGAIN.reason}",
        "output fake at its place works again",
    ]


def test_who_can_wait_knows_how_far_it_is() -> None:
    """What was accepted is settled once it arrived or was given up; what waits fills the queue."""
    fake = Fake(iter([Done(), Refused("no"), Done()]))
    box = Outbox(fake, capacity=4)
    box.put(alert())
    fake.entered.wait(10)
    for _ in range(2):
        box.put(alert())
    assert (box.accepted, box.settled, box.is_half_full) == (3, 0, True)
    fake.gate.set()
    box.close(timeout_s=10)
    assert (box.accepted, box.settled, box.is_half_full) == (3, 3, False)
