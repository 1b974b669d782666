"""
Find what looks like an exec probe or a lifecycle hook among what a rule would act on.

In: commands that came into containers from outside, and that a rule would have acted on. Out:
commands that come again as the kubelet's do: evenly spaced in one container (a probe), or once in
each of several containers of an image (a hook). It is a guess, made to be read by somebody who
knows what the pods' specification says: whoever may enter a container can imitate it. Pure;
bounded: of too many commands the one that was seen longest ago is forgotten.
"""

import collections
import enum
import itertools
import statistics

import msgspec

MOST_COMMANDS = 512
MOST_CONTAINERS = 64
KEPT_TIMES = 8
LEAST_TIMES = 4
LEAST_CONTAINERS = 2
UNEVEN = 0.25
"""So much of the usual pause may a pause be longer or shorter."""
SHORTEST_NS = 900_000_000
"""The kubelet probes once a second at most."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What was run, and in containers of which kind."""

    rule: str
    exepath: bytes
    command_line: bytes
    namespace: str
    image: str  # its repository


class Kind(enum.Enum):
    """What it looks like."""

    PROBE = "exec probe"
    HOOK = "lifecycle hook"


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A command that comes again as the kubelet's do."""

    command: Command
    kind: Kind
    count: int
    containers: int
    every_seconds: float | None  # None: it isn't evenly spaced


class _Seen:
    """One command, by container."""

    def __init__(self) -> None:
        self.count = 0
        self.times_ns: dict[int, collections.deque[int]] = {}

    def add(self, container: int, time_ns: int) -> None:
        self.count += 1
        if container in self.times_ns or len(self.times_ns) < MOST_CONTAINERS:
            kept = self.times_ns.setdefault(container, collections.deque(maxlen=KEPT_TIMES))
            kept.append(time_ns)


class Probes:
    """Watches what enters."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._seen: collections.OrderedDict[Command, _Seen] = collections.OrderedDict()

    def observe(self, command: Command, container: int, time_ns: int) -> None:
        """Take note of a command."""
        self._seen.setdefault(command, _Seen()).add(container, time_ns)
        self._seen.move_to_end(command)
        if len(self._seen) > MOST_COMMANDS:
            self._seen.popitem(last=False)

    def suspects(self) -> tuple[Suspect, ...]:
        """Return what looks like the kubelet's, by rule and command."""
        found = (_suspect(command, seen) for command, seen in self._seen.items())
        by_rule = sorted(
            (each for each in found if each is not None),
            key=lambda each: (each.command.rule, each.command.command_line),
        )
        return tuple(by_rule)


def _suspect(command: Command, seen: _Seen) -> Suspect | None:
    pauses = [_even_pause_ns(list(times_ns)) for times_ns in seen.times_ns.values()]
    even = [pause for pause in pauses if pause is not None]
    once = all(len(times_ns) == 1 for times_ns in seen.times_ns.values())
    if not even and not (once and len(seen.times_ns) >= LEAST_CONTAINERS):
        return None
    return Suspect(
        command=command,
        kind=Kind.PROBE if even else Kind.HOOK,
        count=seen.count,
        containers=len(seen.times_ns),
        every_seconds=round(statistics.median(even) / 1e9, 1) if even else None,
    )


def _even_pause_ns(times_ns: list[int]) -> float | None:
    """Return the usual pause between some moments, if all pauses are like it."""
    if len(times_ns) < LEAST_TIMES:
        return None
    pauses = [after - before for before, after in itertools.pairwise(times_ns)]
    usual = statistics.median(pauses)
    if usual < SHORTEST_NS:
        return None
    is_even = all(abs(pause - usual) <= UNEVEN * usual for pause in pauses)
    return usual if is_even else None
