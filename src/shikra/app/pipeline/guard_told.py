"""
Whom the guard's keeper works with, and what it tells of the guard itself.

In: counts of a guard. Out: types, and what somebody must know: it ended, it can't guard a place, or
opens went on undecided. The latter is told at once, and then every ten seconds at most.
"""

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from shikra.app.pipeline.refusals import More, Refusal
from shikra.enforce.guard import messages
from shikra.model.enforcement import Mode
from shikra.model.event import Event
from shikra.sources.kernel import btf

AGAIN_NS = 10_000_000_000


class Maps(Protocol):
    """Who has the probe's maps."""

    @property
    def types(self) -> btf.Btf:
        """What their values look like."""
        ...

    def lend(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return their descriptors."""
        ...


class ModesNow(Protocol):
    """How far rules go."""

    def of_rule(self, rule: str) -> Mode:
        """Return the mode of a rule."""
        ...

    def of_container(self, container: int) -> Mode | None:
        """Return the mode of a container; ``None``: it isn't known."""
        ...

    def pod_of(self, container: int) -> str:
        """Return what the containers of one pod have in common."""
        ...


class Trouble(enum.Enum):
    """What is told about the guard itself."""

    ENDED = "ended"  # it was started again
    SILENT = "silent"  # it was ended, and started again
    UNGUARDED = "unguarded"  # a place that rules name, in a container
    NOT_DECIDED = "not decided"  # opens that were allowed for that


class Told(msgspec.Struct, frozen=True):
    """Something that somebody must know."""

    trouble: Trouble
    container: int = 0
    what: str = ""
    why: str = ""
    shared_with: int = 0  # another container


class Hear(Protocol):
    """Who is told."""

    def trouble(self, told: Told) -> None:
        """Hear about the guard itself."""
        ...

    def denied(self, rules: frozenset[str], count: int) -> None:
        """Count opens that were refused for these rules."""
        ...

    def event(self, told: messages.Denied) -> Event | None:
        """Make an event of a refused open; ``None`` if its process isn't known."""
        ...

    def refused(self, refusal: Refusal) -> None:
        """Hear of an open that was refused, and of which no event told."""
        ...

    def more(self, more: More) -> None:
        """Hear of more such opens."""
        ...


class Undecided:
    """Notices opens that went on though nobody decided that they may."""

    def __init__(self) -> None:
        """Begin with a guard that was just started."""
        self._told = messages.Counts()
        self._told_ns = -AGAIN_NS

    def told(self, now: messages.Counts, now_ns: int) -> Told | None:
        """Return what is to be told of them, now and then."""
        if now_ns - self._told_ns < AGAIN_NS:
            return None
        reasons = {
            "too late": now.late - self._told.late,
            "unknown process": now.unknown - self._told.unknown,
            "mistake": now.failures - self._told.failures,
        }
        found = ", ".join(f"{reason} {count}" for reason, count in reasons.items() if count > 0)
        if not found:
            return None
        self._told, self._told_ns = now, now_ns
        return Told(Trouble.NOT_DECIDED, what=found)
