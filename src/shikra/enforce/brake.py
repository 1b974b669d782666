"""
Notice that a rule acts on more than a rule should: a mistake in it, or of ours.

In: each time that a rule killed or denied, and when. Out: a trip, once it did so in more pods, or
to more processes of applications themselves, than the settings allow in a while. It counts what is
distinct. What entered a container from outside counts as that pod alone, however often it comes:
an intruder who tries again and again would switch the rule off otherwise. Pure; its memory is
bounded by the settings, since it forgets a rule's past when it trips.
"""

from typing import Generic, TypeVar

import msgspec

SECOND_NS = 1_000_000_000

T = TypeVar("T", str, int)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is still believed to be right."""

    pods: int = 10
    processes: int = 3
    per_seconds: float = 60.0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A rule acted on one process."""

    rule: str
    pod: str  # or its container, where it is of no pod
    process: int  # of that id
    is_applications: bool  # created by the container's first process, at any depth


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """The rule must go no further."""

    rule: str
    pods: int
    processes: int  # of applications


class Brake:
    """Watches all rules."""

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing seen."""
        self.settings = settings
        self._rules: dict[str, _Watched] = {}

    def observe(self, done: Done, now_ns: int) -> Trip | None:
        """Take note; return a trip if this was too much."""
        watched = self._rules.setdefault(done.rule, _Watched())
        since_ns = now_ns - int(self.settings.per_seconds * SECOND_NS)
        pods = watched.pods.add(done.pod, now_ns, since_ns)
        processes = len(watched.processes.times_ns)
        if done.is_applications:
            processes = watched.processes.add(done.process, now_ns, since_ns)
        if pods <= self.settings.pods and processes <= self.settings.processes:
            return None
        del self._rules[done.rule]
        return Trip(rule=done.rule, pods=pods, processes=processes)


class _Distinct(Generic[T]):
    """What was seen of late, each with when it was seen last."""

    def __init__(self) -> None:
        self.times_ns: dict[T, int] = {}

    def add(self, what: T, now_ns: int, since_ns: int) -> int:
        """Add one, forget the old, and return how many there are."""
        self.times_ns[what] = now_ns
        for old in [each for each, time_ns in self.times_ns.items() if time_ns < since_ns]:
            del self.times_ns[old]
        return len(self.times_ns)


class _Watched:
    """What one rule did of late."""

    def __init__(self) -> None:
        self.pods = _Distinct[str]()
        self.processes = _Distinct[int]()
