"""
The outputs that are switched on, each behind its own queue.

In: settings and alerts. Every output gets every alert; none waits for another.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from shikra.alerts.json_line import JsonLine, Parts
from shikra.alerts.line import Line
from shikra.alerts.outbox import Deliveries, Outbox, Output
from shikra.alerts.outputs import file
from shikra.alerts.outputs.stdout import STANDARD_OUTPUT, Stdout
from shikra.app.settings import Settings
from shikra.model.alert import Alert
from shikra.model.diagnostic import Diagnostic, Severity

FLUSH_SECONDS = 2.0
CANNOT_WRITE = "SHIKRA_CONFIG_OUTPUT"

Layout = Callable[[Alert], str]


class Deliverer:
    """Hands each alert to every output."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        """Open the outputs that are switched on."""
        capacity = settings.outputs_queue.capacity
        self._outboxes = tuple(
            Outbox(output, capacity=capacity) for output in outputs(settings, environment)
        )

    def send(self, alert: Alert) -> None:
        """Queue an alert for every output. Never waits."""
        for outbox in self._outboxes:
            outbox.put(alert)

    @property
    def is_half_full(self) -> bool:
        """Whether who can wait with more alerts had better do."""
        return any(outbox.is_half_full for outbox in self._outboxes)

    def so_far(self) -> Callable[[], bool]:
        """Return what tells whether all alerts until now are delivered, or counted as lost."""
        until = [(outbox, outbox.accepted) for outbox in self._outboxes]
        return lambda: all(outbox.settled >= accepted for outbox, accepted in until)

    def deliveries(self) -> dict[str, Deliveries]:
        """Count what became of the alerts, by output."""
        return {outbox.name: outbox.deliveries() for outbox in self._outboxes}

    def close(self) -> dict[str, Deliveries]:
        """Deliver what waits, for a bounded time."""
        return {outbox.name: outbox.close(timeout_s=FLUSH_SECONDS) for outbox in self._outboxes}


def is_other(settings: Settings, other: Settings) -> bool:
    """Whether two settings ask for different outputs."""
    return _of_outputs(settings) != _of_outputs(other)


def _of_outputs(settings: Settings) -> tuple[object, ...]:
    return (
        settings.stdout_output,
        settings.file_output,
        settings.outputs_queue,
        settings.json_output,
        settings.time_format_iso_8601,
        _parts(settings),
    )


def outputs(settings: Settings, environment: Mapping[str, str]) -> list[Output]:
    """Make each output that is switched on. Another output is another entry here."""
    found: list[Output] = []
    if settings.stdout_output.enabled:
        is_coloured = os.isatty(STANDARD_OUTPUT) and wants_colour(environment)
        found.append(Stdout(_layout(settings, is_coloured=is_coloured)))
    if settings.file_output.enabled:
        found.append(file.File(_file(settings), _layout(settings, is_coloured=False)))
    return found


def trouble(settings: Settings) -> tuple[Diagnostic, ...]:
    """Say which outputs would lose the first alert, as they are now."""
    why = file.trouble(_file(settings)) if settings.file_output.enabled else None
    if why is None:
        return ()
    path = Path(settings.file_output.filename).absolute()
    return (
        Diagnostic(
            severity=Severity.ERROR,
            code=CANNOT_WRITE,
            message=f"file_output.filename: {path} can't be written: {why}",
            hint="name a file in a folder that exists and may be written,"
            " or set file_output.enabled to false",
        ),
    )


def _file(settings: Settings) -> file.FileConfig:
    of = settings.file_output
    return file.FileConfig(filename=of.filename, keep_alive=of.keep_alive)


def _layout(settings: Settings, *, is_coloured: bool) -> Layout:
    iso_8601 = settings.time_format_iso_8601
    if settings.json_output:
        return JsonLine(_parts(settings), iso_8601=iso_8601)
    return Line(iso_8601=iso_8601, is_coloured=is_coloured)


def _parts(settings: Settings) -> Parts:
    return Parts(
        output=settings.json_include_output_property,
        message=settings.json_include_message_property,
        output_fields=settings.json_include_output_fields_property,
        tags=settings.json_include_tags_property,
    )


def wants_colour(environment: Mapping[str, str]) -> bool:
    """Whether a terminal is to be coloured: see no-color.org."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
