"""
One alert as a line of text, laid out as Falco's.

Nothing in the line can act on a terminal but the colours that are put in here.
"""

import re

from shikra.alerts import escape
from shikra.model import when
from shikra.model.alert import Alert
from shikra.model.rule import Priority

RESET = "\x1b[0m"
DIM = "\x1b[2m"
BOLD = "\x1b[1m"
COLOURS = {
    Priority.EMERGENCY: "\x1b[1;97;41m",  # white on red
    Priority.ALERT: "\x1b[1;97;41m",
    Priority.CRITICAL: "\x1b[1;31m",  # bold red
    Priority.ERROR: "\x1b[31m",  # red
    Priority.WARNING: "\x1b[33m",  # yellow
    Priority.NOTICE: "\x1b[36m",  # cyan
    Priority.INFORMATIONAL: "\x1b[32m",  # green
    Priority.DEBUG: DIM,
}
FIRST_PAIR = re.compile(r" [(\[]?\w+=")


class Line:
    """``17:57:32.881781397: Critical message``; coloured by priority if asked for."""

    def __init__(self, *, iso_8601: bool = False, is_coloured: bool = False) -> None:
        """Fix how the time looks and whether there are colours."""
        self._time = when.local_iso_8601 if iso_8601 else when.local_time
        self._is_coloured = is_coloured

    def __call__(self, alert: Alert) -> str:
        """Return the line, without its end."""
        time = self._time(alert.time_ns)
        priority = alert.rule.priority
        message = escape.escape(alert.message) + _cut(alert) + _action(alert) + _count(alert)
        if not self._is_coloured:
            return f"{time}: {priority.title} {message}"
        colour = COLOURS[priority]
        return f"{DIM}{time}:{RESET} {colour}{priority.title}{RESET} {_emphasised(message)}"


def _action(alert: Alert) -> str:
    """Say what was done about it, where its rule asks for more than an alert."""
    return f" [{alert.action.value}]" if alert.action else ""


def _cut(alert: Alert) -> str:
    """Say that what isn't there may have been left out."""
    return " [truncated]" if alert.is_truncated else ""


def _count(alert: Alert) -> str:
    """Say for how many like it an alert stands, where it isn't for itself alone."""
    more = alert.count if alert.is_summary else alert.count - 1
    return f" (and {more} more)" if more else ""


def _emphasised(message: str) -> str:
    """Make what happened stand out from the ``name=value`` pairs that follow it."""
    pairs = FIRST_PAIR.search(message)
    if pairs is None:
        return f"{BOLD}{message}{RESET}"
    return f"{BOLD}{message[: pairs.start()]}{RESET}{DIM}{message[pairs.start() :]}{RESET}"
