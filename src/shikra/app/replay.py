"""
``shikra replay``: evaluate rules on events from a file, as ``run`` does on those of the kernel.

In: lines of JSON, an event each. Out: alerts at the same outputs, and an exit code: 0 when the
file was read to its end, 1 when it can't be, or when it has lines and none is an event. A line
that is no event is told and counted, and the rest goes on. Here nothing is dropped: an output
that is slow holds up reading, and one that fails ends it.
"""

import contextlib
import logging
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from shikra.alerts.outbox import Output
from shikra.app import hostname, prepare
from shikra.app.mistakes import show
from shikra.app.pipeline import author, deliver, evaluate
from shikra.app.pipeline.plan import Plan
from shikra.app.prepare import Mistaken, Request
from shikra.model.alert import Alert
from shikra.model.clock import Clock, SystemClock
from shikra.model.diagnostic import Diagnostic
from shikra.model.event import Event
from shikra.model.outcome import Done
from shikra.sources.replay import lines

LOG = logging.getLogger(__name__)

STANDARD_INPUT = "-"
PROGRESS_NS = 5_000_000_000
MOST_TOLD = 10

_NOT_FROM_FILES = frozenset(
    {"SHIKRA_EVENT_NOT_MADE", "SHIKRA_FIELD_NOT_FILLED", "SHIKRA_SOURCE_NOT_FED"}
)
"""Warnings of what the kernel doesn't say: a file may."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    events: str  # a file, or "-" for standard input
    request: Request
    environment: Mapping[str, str]
    shows_progress: bool  # a file that takes long says how far it is


class OutputError(Exception):
    """An alert can't be delivered."""


class Tally:
    """What was read and told so far."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.events = 0
        self.alerts = 0
        self.malformed = 0

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"{_count(self.events, 'event')}, {_count(self.alerts, 'alert')},"
            f" {_count(self.malformed, 'malformed line')}"
        )


class Player:
    """Evaluates event after event."""

    def __init__(self, plan: Plan, outputs: Iterable[Output], hostname: str) -> None:
        """Print alerts of this plan at these outputs."""
        self.tally = Tally()
        self._plan = plan
        self._outputs = tuple(outputs)
        self._hostname = hostname

    def take(self, item: Event | lines.Malformed) -> None:
        """Evaluate an event, or take note that a line was none."""
        if isinstance(item, lines.Malformed):
            self._note(item)
            return
        self.tally.events += 1
        for match in evaluate.evaluate(item, self._plan):
            alert = author.alert(match, self._plan, self._hostname_of(item))
            self._send(alert)
            self.tally.alerts += 1

    def _note(self, malformed: lines.Malformed) -> None:
        self.tally.malformed += 1
        if self.tally.malformed <= MOST_TOLD:
            LOG.warning("line %d is no event: %s", malformed.line, malformed.message)
        if self.tally.malformed == MOST_TOLD:
            LOG.warning("further such lines are counted only")

    def _hostname_of(self, event: Event) -> str:
        """Return where it happened: an event may come from another machine."""
        name = event.fields["evt.hostname"]
        return name.decode(errors="replace") if isinstance(name, bytes) else self._hostname

    def _send(self, alert: Alert) -> None:
        for output in self._outputs:
            outcome = output.send(alert)
            if not isinstance(outcome, Done):
                raise OutputError(f"{output.title}: {outcome.reason}")


def replay(asked: Replay, clock: Clock | None = None) -> int:
    """Evaluate all events of a file; return an exit code."""
    prepared = prepare.prepare(asked.request, asked.environment)
    if isinstance(prepared, Mistaken):
        LOG.error("can't start:\n%s", show(prepared.diagnostics))
        return 1
    if warnings := [one for one in prepared.warnings if _is_ours(one)]:
        LOG.warning("in the rules:\n%s", show(warnings))
    name = hostname.hostname(asked.environment)
    with contextlib.ExitStack() as closing:
        outputs = deliver.outputs(prepared.settings, asked.environment)
        for output in outputs:
            closing.callback(output.close)
        player = Player(prepared.plan, outputs, name)
        if not _play(asked, player, clock or SystemClock()):
            return 1
    return _judged(asked, player.tally, prepared.plan.failures())


def _play(asked: Replay, player: Player, clock: Clock) -> bool:
    """Read to the end; say why where that can't be done."""
    try:
        with opened(asked.events) as stream:
            progress = _Progress(stream, clock) if asked.shows_progress else None
            for item in lines.read(stream):
                player.take(item)
                if progress is not None:
                    progress.look(player.tally)
    except OSError as error:
        LOG.error("can't read %s: %s", asked.events, error.strerror or error)  # noqa: TRY400  the message says it all
    except OutputError as error:
        LOG.error("stopped after %s: %s", player.tally, error)  # noqa: TRY400  as above
    except KeyboardInterrupt:
        LOG.info("interrupted after %s", player.tally)
    else:
        return True
    return False


def _judged(asked: Replay, tally: Tally, failures: int) -> int:
    """Say what came of it."""
    LOG.info("replayed %s: %s", asked.events, tally)
    if failures:
        LOG.error("%s could not be evaluated: please report it", _count(failures, "match"))
    if tally.malformed and not tally.events:
        LOG.error(
            "%s holds no events: expected a line of JSON each, as shikra record writes",
            asked.events,
        )
        return 1
    return 0


def _is_ours(warning: Diagnostic) -> bool:
    return warning.code not in _NOT_FROM_FILES


@contextlib.contextmanager
def opened(events: str) -> Iterator[BinaryIO]:
    """Open a file of events, or standard input."""
    if events == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with Path(events).open("rb") as stream:
        yield stream


class _Progress:
    """Says now and then how far a long file is read."""

    def __init__(self, stream: BinaryIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._told_ns = clock.boot_ns()
        status = os.fstat(stream.fileno())
        self._size = status.st_size if stat.S_ISREG(status.st_mode) else 0

    def look(self, tally: Tally) -> None:
        now_ns = self._clock.boot_ns()
        if now_ns - self._told_ns < PROGRESS_NS:
            return
        self._told_ns = now_ns
        share = f" ({self._stream.tell() / self._size:.0%} read)" if self._size else ""
        LOG.info("%s so far%s", str(tally), share)  # as it is now


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
