"""
The outputs that are in use, exchanged while alerts go on.

In: alerts, and settings as they change. Out: every alert at every output of the settings that were
in force when it was sent. Outputs that are retired finish what waits for them beside the new ones:
a slow one must not hold up who sends.
"""

import threading
from collections.abc import Callable, Mapping

from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline import deliver
from shikra.app.settings import Settings
from shikra.model.alert import Alert


class Outputs:
    """Delivers alerts."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        """Open the outputs that are switched on."""
        self.alerts = 0  # that were ever sent
        self._settings = settings
        self._environment = environment
        self._deliverer = deliver.Deliverer(settings, environment)
        self._retiring: list[threading.Thread] = []

    @property
    def is_half_full(self) -> bool:
        """Whether who can wait with more alerts had better do."""
        return self._deliverer.is_half_full

    def send(self, alert: Alert) -> None:
        """Hand an alert to every output. Never waits."""
        self.alerts += 1
        self._deliverer.send(alert)

    def so_far(self) -> Callable[[], bool]:
        """Return what tells whether all alerts until now are delivered, or counted as lost."""
        return self._deliverer.so_far()

    def deliveries(self) -> dict[str, Deliveries]:
        """Count what became of the alerts, by output."""
        return self._deliverer.deliveries()

    def switch(self, settings: Settings) -> None:
        """Go on with the outputs of these settings."""
        is_other = deliver.is_other(settings, self._settings)
        self._settings = settings
        if is_other:
            retired = threading.Thread(
                target=self._deliverer.close, name="retiring outputs", daemon=True
            )
            retired.start()
            self._retiring.append(retired)
            self._deliverer = deliver.Deliverer(settings, self._environment)

    def close(self) -> dict[str, Deliveries]:
        """Deliver what waits, for a bounded time."""
        for thread in self._retiring:
            thread.join(deliver.FLUSH_SECONDS)
        return self._deliverer.close()
