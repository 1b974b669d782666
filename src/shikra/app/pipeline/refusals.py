"""
Which alert belongs to which open that the guard refused.

In: refusals as the guard tells them, and matches of rules as the probe's events give them. Out:
whether a match is of an open that was refused; and refusals of which the probe saw nothing that
matches (it knows a failed open only by the name that was used), which get an alert of their own.
Pure: time is given.
"""

from collections.abc import Callable, Iterator

import msgspec

from shikra.enforce.guard.messages import Denied
from shikra.model.event import Event

PATIENCE_NS = 500_000_000
"""How long an event may be on its way, beside what it may wait for a container's metadata."""

RECENT_NS = 10_000_000_000
"""As long, a process whose refusals were told needn't be told of again by itself."""

_MAX_WAITING = 1024
_MAX_TOLD = 4096


class Refusal(msgspec.Struct, frozen=True):
    """An open that was refused, and the rules for which it was."""

    denied: Denied
    rules: frozenset[str]
    since_ns: int
    event: Event | None = None  # that is made of it; None: its process is forgotten
    is_last_chance: bool = False  # it was told of by itself


class Refusals:
    """Those that no alert has told of yet."""

    def __init__(self, wait_ns: int = 0) -> None:
        """Know of none; an event may wait for so long."""
        self._patience_ns = wait_ns + PATIENCE_NS
        self._waiting: list[Refusal] = []
        self._told: dict[tuple[int, str], int] = {}  # by process and rule: when
        self.untold = 0  # too many at once

    def add(self, denied: Denied, rules: frozenset[str], now_ns: int) -> None:
        """Take note of a refusal."""
        if len(self._waiting) >= _MAX_WAITING:
            del self._waiting[0]
            self.untold += 1
        self._waiting.append(Refusal(denied, rules, now_ns))

    def complete(self, make: Callable[[Denied], Event | None]) -> None:
        """Make the events that weren't yet; what is taken meanwhile needs none."""
        for refusal in [one for one in self._waiting if one.event is None]:
            event = make(refusal.denied)
            for at, one in enumerate(self._waiting):
                if one is refusal:
                    self._waiting[at] = msgspec.structs.replace(refusal, event=event)

    def put_back(self, refusal: Refusal, now_ns: int) -> None:
        """Let an event match that is made of the refusal; that is tried once."""
        last = msgspec.structs.replace(refusal, since_ns=now_ns, is_last_chance=True)
        self._waiting.append(last)

    def took(self, pid: int, rule: str, now_ns: int) -> bool:
        """Whether an open of this process was refused for this rule; each counts once."""
        for at, refusal in enumerate(self._waiting):
            if refusal.denied.pid == pid and rule in refusal.rules:
                self._take(at, rule)
                self._remember(pid, rule, now_ns)
                return True
        return False

    def due(self, now_ns: int) -> Iterator[Refusal]:
        """Yield those of which no event has come; their rules are those without an alert."""
        while self._waiting and now_ns - self._waiting[0].since_ns > self._patience_ns:
            refusal = self._waiting.pop(0)
            if refusal.is_last_chance:
                continue
            pid = refusal.denied.pid
            rules = frozenset(
                rule for rule in refusal.rules if not self._is_told(pid, rule, now_ns)
            )
            if rules:
                yield msgspec.structs.replace(refusal, rules=rules)

    def _take(self, at: int, rule: str) -> None:
        refusal = self._waiting[at]
        left = refusal.rules - {rule}
        if left:
            self._waiting[at] = msgspec.structs.replace(refusal, rules=left)
        else:
            del self._waiting[at]

    def _is_told(self, pid: int, rule: str, now_ns: int) -> bool:
        told_ns = self._told.get((pid, rule))
        return told_ns is not None and now_ns - told_ns < RECENT_NS

    def _remember(self, pid: int, rule: str, now_ns: int) -> None:
        if len(self._told) >= _MAX_TOLD:
            self._told.clear()
        self._told[pid, rule] = now_ns
