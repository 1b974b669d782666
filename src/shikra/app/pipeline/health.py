"""
Notice when a CPU gives no sign of life, and say whether Shikra does what it is there for.

In: how old the last sign of each CPU is. Out: what the health check answers, and silence that is
worth telling, once for each time that a CPU falls silent. Pure: times are arguments.
"""

import enum
from collections.abc import Mapping

import msgspec

SECOND_NS = 1_000_000_000


class Status(enum.Enum):
    """What the health check says."""

    OK = "ok"
    STOPPED = "stopped"  # nothing is watched
    SILENT = "silent"  # events of some CPUs don't come through


class Health(msgspec.Struct, frozen=True):
    """The answer to a health check."""

    status: Status
    silent_cpus: tuple[int, ...] = ()


class Silence(msgspec.Struct, frozen=True):
    """CPUs whose last sign of life is too old."""

    cpus: tuple[int, ...]
    age_ns: int  # of the oldest


def silence_in(ages_ns: Mapping[int, int], limit_seconds: float) -> Silence:
    """Return which CPUs are silent; maybe none."""
    silent = {cpu: age for cpu, age in ages_ns.items() if age > limit_seconds * SECOND_NS}
    return Silence(tuple(sorted(silent)), max(silent.values(), default=0))


def judge(found: Silence, *, is_running: bool) -> Health:
    """Judge the whole."""
    if not is_running:
        return Health(Status.STOPPED)
    return Health(Status.SILENT, found.cpus) if found.cpus else Health(Status.OK)


class SilenceWatch:
    """Compares from one call to the next."""

    def __init__(self) -> None:
        """Begin with every CPU heard of."""
        self._told: frozenset[int] = frozenset()

    def observe(self, found: Silence) -> Silence | None:
        """Return what is worth telling: a CPU has fallen silent that wasn't before."""
        is_new = not self._told.issuperset(found.cpus)
        self._told = frozenset(found.cpus)
        return found if is_new else None
