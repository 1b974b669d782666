"""Print each alert as a line on standard output, which may be a terminal, a pipe or closed."""

from collections.abc import Callable

from shikra.alerts.outputs.descriptor import LineWriter
from shikra.model.alert import Alert
from shikra.model.outcome import Outcome

STANDARD_OUTPUT = 1


class Stdout:
    """Lines on a descriptor that somebody else opened and will close."""

    name = title = "stdout"

    def __init__(self, layout: Callable[[Alert], str], fd: int = STANDARD_OUTPUT) -> None:
        """Print with this layout."""
        self._layout = layout
        self._fd = fd
        self._writer = LineWriter()

    def send(self, alert: Alert) -> Outcome:
        """Print one alert; waits as long as the reader does."""
        return self._writer.write(self._fd, self._layout(alert))

    def close(self) -> None:
        """Leave the descriptor alone."""
