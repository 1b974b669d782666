"""
Say, as the settings want it, that events or alerts were lost.

In: what was seen, lost and delivered so far, again and again. Out: lines in the log, alerts, or
``TooManyDropsError`` where the settings say to stop.
"""

import logging
from collections.abc import Callable, Mapping
from typing import assert_never

from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline import internal
from shikra.app.pipeline.drops import Drop, DropWatch
from shikra.app.settings import DropAction, Drops
from shikra.model.alert import Alert
from shikra.model.clock import Clock
from shikra.model.rule import RuleInfo

LOG = logging.getLogger(__name__)


class TooManyDropsError(Exception):
    """So much was lost that the settings say to exit."""


class LossTeller:
    """Compares totals from one look to the next."""

    def __init__(
        self,
        settings: Drops,
        clock: Clock,
        teller: internal.Teller,
        send: Callable[[Alert], None],
    ) -> None:
        """Begin with nothing lost."""
        now_ns = clock.boot_ns()
        self._settings = settings
        self._clock = clock
        self._teller = teller
        self._send = send
        self._events = DropWatch(settings, now_ns)
        self._alerts = DropWatch(settings, now_ns)

    def look(
        self,
        settings: Drops,
        seen: int,
        lost: Mapping[str, int],
        deliveries: Mapping[str, Deliveries],
    ) -> None:
        """Tell of what was lost since the last look; raise ``TooManyDropsError`` if told to."""
        self._settings = self._events.settings = self._alerts.settings = settings
        self._look(self._events, internal.LOST_EVENTS, seen, lost)
        sent = sum(one.sent for one in deliveries.values())
        self._look(self._alerts, internal.LOST_ALERTS, sent, _dropped(deliveries))

    def rest(self) -> None:
        """Tell of what was lost and not told yet."""
        self._tell(internal.LOST_EVENTS, self._events.rest())
        self._tell(internal.LOST_ALERTS, self._alerts.rest())

    def _look(self, watch: DropWatch, rule: RuleInfo, seen: int, lost: Mapping[str, int]) -> None:
        self._tell(rule, watch.observe(self._clock.boot_ns(), seen, lost))

    def _tell(self, rule: RuleInfo, drop: Drop | None) -> None:
        if drop is None:
            return
        alert = self._teller.drops(rule, drop)
        for action in self._settings.actions:
            match action:
                case DropAction.IGNORE:
                    pass
                case DropAction.LOG:
                    LOG.warning("%s", alert.message)
                case DropAction.ALERT:
                    self._send(alert)
                case DropAction.EXIT:
                    raise TooManyDropsError(alert.message)
                case _:
                    assert_never(action)


def _dropped(deliveries: Mapping[str, Deliveries]) -> dict[str, int]:
    return {
        f"{output} {reason}": count
        for output, one in deliveries.items()
        for reason, count in one.dropped.items()
    }
