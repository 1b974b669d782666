"""
Decide what came of the demonstration.

In: what readers printed, the secrets there were, the alerts, how the application fared. Out: a
row for each reader, and what is wrong with the whole, which is nothing if Shikra holds its word.
An alert belongs to the reader that ran when it happened: they run one after the other.
"""

import base64
import enum
from collections.abc import Iterable, Sequence

import msgspec

from shikra.app.demo_vault.readers import Reader
from shikra.app.demo_vault.scene import Kept, Ran

LEAST_BYTES = 12
"""So much of a secret in a row is a leak; a password's prefix, which all have, is less."""


class DemoMode(enum.Enum):
    """What is done about a foreign reader."""

    OBSERVE = "observe"
    KILL = "kill"
    DENY = "deny"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert says, as far as it is looked at here."""

    at_ns: int
    rule: str  # in short, as its tag says: READ
    command: str
    is_entered: bool
    count: int = 1
    action: str | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A reader that ran."""

    reader: Reader
    ran: Ran
    began_ns: int
    ended_ns: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one reader."""

    name: str
    code: int
    has_leaked: bool
    rules: tuple[str, ...]  # that told of it, in short, the first first
    actions: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all."""

    rows: tuple[Row, ...]
    kept: Kept
    rotations: int
    false_alerts: int  # about the application itself
    wrongs: tuple[str, ...]  # what shouldn't be


def leaks(output: bytes, secrets: Iterable[bytes]) -> bool:
    """Whether anything of a secret is in an output, as it is or in base64."""
    return any(part in output for secret in secrets for part in _parts(secret))


def rows(
    attempts: Sequence[Attempt], alerts: Sequence[Told], secrets: Sequence[bytes]
) -> tuple[Row, ...]:
    """Return what came of each reader."""
    return tuple(_row(attempt, alerts, secrets) for attempt in attempts)


def about_application(alerts: Iterable[Told], command: Sequence[str]) -> int:
    """Count the alerts about the application itself, which nobody should get."""
    line = " ".join(command)
    return sum(told.count for told in alerts if not told.is_entered and told.command == line)


def wrongs(mode: DemoMode, rows: Sequence[Row], kept: Kept, false_alerts: int) -> tuple[str, ...]:
    """Return what shouldn't be, in words; where Shikra only watches, a leak should."""
    leaked = [row.name for row in rows if row.has_leaked]
    silent = [row.name for row in rows if not row.rules]
    found = {
        f"the secret was printed by {_listed(leaked)}": leaked and mode is not DemoMode.OBSERVE,
        f"no alert about {_listed(silent)}": silent,
        f"the application missed {len(kept.missed)} reads: {_listed(kept.missed)}": kept.missed,
        "the application has ended": not kept.is_running,
        f"{kept.stuck_workers} of the application's workers read no more": kept.stuck_workers,
        f"{false_alerts} alerts are about the application itself": false_alerts,
    }
    return tuple(text for text, holds in found.items() if holds)


def _row(attempt: Attempt, alerts: Sequence[Told], secrets: Sequence[bytes]) -> Row:
    its = [told for told in alerts if attempt.began_ns <= told.at_ns <= attempt.ended_ns]
    return Row(
        name=attempt.reader.name,
        code=attempt.ran.code,
        has_leaked=leaks(attempt.ran.output, secrets),
        rules=tuple(dict.fromkeys(told.rule for told in its)),
        actions=tuple(dict.fromkeys(told.action for told in its if told.action is not None)),
    )


def _parts(secret: bytes) -> list[bytes]:
    """Return what of a secret is searched for: its start and its end, also as base64 has them."""
    end = secret[-LEAST_BYTES:]
    encoded = [base64.b64encode(secret[skip:])[4:-4] for skip in range(3)]
    return [secret[:LEAST_BYTES], end, *(text[:LEAST_BYTES] for text in encoded)]


def _listed(names: Sequence[str], most: int = 3) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
