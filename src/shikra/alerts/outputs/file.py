"""
Append each alert as a line to a file.

The file is opened for each alert unless ``keep_alive`` is set, so that whoever rotates it need
not tell us. It is made readable for its owner alone: alerts hold command lines. ``trouble`` says
beforehand whether alerts could be written.
"""

import errno
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


def trouble(config: FileConfig) -> str | None:
    """Say why no alert could be written now; where one could, the file is there afterwards."""
    try:
        os.close(_open(config.filename, os.O_NONBLOCK))  # a pipe's reader may come later
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        return error.strerror or "cannot be opened"
    return None


class File:
    """Lines at the end of a file."""

    name = "file"

    def __init__(self, config: FileConfig, layout: Callable[[Alert], str]) -> None:
        """Write with this layout; the file is opened when there is an alert."""
        self.title = f"file {config.filename}"
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
            self._fd = _open(self._config.filename)
        return self._fd


def _open(filename: str, more: int = 0) -> int:
    return os.open(
        Path(filename), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | more, MODE
    )
