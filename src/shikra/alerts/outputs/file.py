"""
Append each alert as a line to a file.

The file is opened for each alert unless ``keep_alive`` is set, so that whoever rotates it need
not tell us. It is made readable for its owner alone: alerts hold command lines.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from shikra.alerts.outputs.descriptor import LineWriter
from shikra.model.alert import Alert
from shikra.model.outcome import Outcome, Retry

MODE = 0o600


class FileConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where the lines go."""

    filename: str
    keep_alive: bool = False


class File:
    """Lines at the end of a file."""

    name = "file"

    def __init__(self, config: FileConfig, layout: Callable[[Alert], str]) -> None:
        """Write with this layout; the file is opened when there is an alert."""
        self._config = config
        self._layout = layout
        self._writer = LineWriter()
        self._fd: int | None = None

    def send(self, alert: Alert) -> Outcome:
        """Append one alert."""
        line = self._layout(alert)
        try:
            fd = self._open()
        except OSError as error:
            return Retry(error.strerror or "cannot be opened")
        outcome = self._writer.write(fd, line)
        if not self._config.keep_alive:
            self.close()
        return outcome

    def close(self) -> None:
        """Close the file if it is open."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        if self._fd is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._fd = os.open(Path(self._config.filename), flags, MODE)
        return self._fd
