"""
A bounded queue and a thread of its own for each output, so that none can hold up the sensor.

In: alerts, from any thread, never waiting. Out: calls of the output, one at a time. What can't
be delivered is counted by reason; the earliest alerts are kept, since they tell how it began.
"""

import collections
import logging
import threading
from typing import Protocol, assert_never

import msgspec

from shikra.model.alert import Alert
from shikra.model.outcome import Done, Outcome, Refused, Retry

LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 5

QUEUE_FULL = "queue full"
STOPPED = "stopped"


class Output(Protocol):
    """Somewhere that alerts go."""

    @property
    def name(self) -> str:
        """What it is called in the metrics."""
        ...

    @property
    def title(self) -> str:
        """What it is called in the log: where it leads, too."""
        ...

    def send(self, alert: Alert) -> Outcome:
        """Hand over one alert; may take long."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class Deliveries(msgspec.Struct, frozen=True):
    """What became of the alerts of one output."""

    sent: int
    dropped: dict[str, int]  # by reason
    waiting: int


class Outbox:
    """Alerts on their way to one output."""

    def __init__(self, output: Output, *, capacity: int) -> None:
        """Start the output's thread."""
        self._output = output
        self._capacity = capacity
        self._alerts: collections.deque[Alert] = collections.deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._accepted = 0  # that were ever queued
        self._settled = 0  # of those, sent or given up
        self._sent = 0
        self._dropped: collections.Counter[str] = collections.Counter()
        self._trouble = ""  # the reason of the last failure, until something arrives again
        self._thread = threading.Thread(target=self._run, name=f"output {output.name}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """The output's name."""
        return self._output.name

    def put(self, alert: Alert) -> None:
        """Take an alert, or count it as dropped when the queue is full. Never waits."""
        with self._changed:
            if self._is_closing:
                self._dropped[STOPPED] += 1
            elif len(self._alerts) >= self._capacity:
                self._dropped[QUEUE_FULL] += 1
            else:
                self._alerts.append(alert)
                self._accepted += 1
                self._changed.notify()

    @property
    def accepted(self) -> int:
        """How many alerts were ever queued."""
        with self._changed:
            return self._accepted

    @property
    def settled(self) -> int:
        """How many of those, the first ones, were delivered or counted as dropped."""
        with self._changed:
            return self._settled

    @property
    def is_half_full(self) -> bool:
        """Whether who can wait had better do."""
        with self._changed:
            return len(self._alerts) * 2 >= self._capacity

    def deliveries(self) -> Deliveries:
        """Count what was delivered so far."""
        with self._changed:
            return Deliveries(self._sent, dict(self._dropped), len(self._alerts))

    def close(self, *, timeout_s: float) -> Deliveries:
        """Deliver what waits within this time, count the rest as dropped, let go of the output."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        with self._changed:
            if self._alerts:
                self._dropped[STOPPED] += len(self._alerts)
                self._alerts.clear()  # not settled: who can send them again shall do so
        return self.deliveries()

    def _run(self) -> None:
        while (alert := self._next()) is not None:
            self._deliver(alert)
        self._output.close()

    def _next(self) -> Alert | None:
        with self._changed:
            self._changed.wait_for(lambda: self._alerts or self._is_closing)
            return self._alerts.popleft() if self._alerts else None

    def _deliver(self, alert: Alert) -> None:
        reason = "failed"
        for _ in range(MAX_ATTEMPTS):
            outcome = self._attempt(alert)
            match outcome:
                case Done():
                    self._count_sent()
                    return
                case Refused(reason=reason):
                    break
                case Retry(reason=reason, after_s=after_s):
                    self._note(reason)
                    self._wait(after_s)
                case _:
                    assert_never(outcome)
        self._note(reason)
        with self._changed:
            self._dropped[reason] += 1
            self._settled += 1

    def _attempt(self, alert: Alert) -> Outcome:
        try:
            return self._output.send(alert)
        except Exception:  # the one fence round each output
            LOG.exception("output %s failed", self._output.title)
            return Refused("internal error")

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, timeout=seconds)

    def _count_sent(self) -> None:
        with self._changed:
            self._sent += 1
            self._settled += 1
            lost = self._dropped.total()
        if self._trouble:
            title = self._output.title
            LOG.info("output %s works again; alerts lost so far: %d", title, lost)
            self._trouble = ""

    def _note(self, reason: str) -> None:
        """Log a failure once, not once an alert."""
        if reason != self._trouble:
            LOG.warning(
                "output %s: %s; alerts wait, then are dropped and counted",
                self._output.title,
                reason,
            )
            self._trouble = reason
