"""
Decide what to ask CloudWatch Logs for next, and what of its answers is new.

In: the time, what was answered and what was delivered. Out: spans of time to ask for, the messages
that weren't there before, and a ``Reached`` to store. CloudWatch ingests events late and in any
order, so the last ``overlap_ms`` are asked for again and again; what comes twice is known by its
id. Asking costs requests, of which an account has few a second, so most polls ask for the end of
that window and one in a while for all of it. What is older is past: the window moves on only once
all of it was read. Pure; as far as the clock is right.
"""

from collections.abc import Iterable, Sequence

import msgspec

from shikra.sources.audit.cloudwatch_page import Message, Span

NEAR_MS = 30_000  # what most polls ask for
_WHOLE_EVERY_MS = 60_000
_MIN_SLICE_MS = 60_000
_MAX_KEYS = 250_000  # of messages in the window: 800 a second, for five minutes


class Reached(msgspec.Struct, frozen=True):
    """Up to where everything was delivered, and what of the window after that."""

    group: str
    floor_ms: int
    keys: dict[bytes, int]  # and their times


class Mark(msgspec.Struct, frozen=True):
    """What is delivered at once."""

    keys: Sequence[bytes]
    floor_ms: int | None = None  # where the window begins afterwards, if it moves


class Window:
    """The time that is asked for again and again."""

    def __init__(self, overlap_ms: int, floor_ms: int, delivered: dict[bytes, int]) -> None:
        """Begin at a time, after which these were delivered."""
        self.floor_ms = floor_ms
        self.shortened = 0  # times that more came than can be remembered
        self._overlap_ms = overlap_ms
        self._delivered_floor_ms = floor_ms
        self._delivered = dict(delivered)
        self._taken: dict[bytes, int] = {}  # handed on, and not delivered yet
        self._newest_ms = floor_ms
        self._begun_ms = floor_ms
        self._whole_ms = 0  # when all of the window was asked for

    def begin(self, now_ms: int) -> Span:
        """Return what to ask for now."""
        self._begun_ms = now_ms
        if self.floor_ms > now_ms:  # the clock was ahead when the window moved there
            self.floor_ms = self._delivered_floor_ms = now_ms - self._overlap_ms
        slice_ms = max(self._overlap_ms, _MIN_SLICE_MS)
        if now_ms - self.floor_ms > self._overlap_ms + slice_ms:  # it was down: bit by bit
            return Span(start_ms=self.floor_ms, end_ms=self.floor_ms + slice_ms, is_whole=True)
        if not self._whole_ms <= now_ms < self._whole_ms + _WHOLE_EVERY_MS:
            return Span(start_ms=self.floor_ms, end_ms=None, is_whole=True)
        near_ms = min(self._newest_ms, now_ms) - NEAR_MS
        return Span(start_ms=max(self.floor_ms, near_ms), end_ms=None, is_whole=False)

    def new(self, messages: Iterable[Message]) -> list[Message]:
        """Return those that weren't there before; they are from now on."""
        found = []
        for message in messages:
            if message.key not in self._taken and message.key not in self._delivered:
                self._taken[message.key] = message.at_ms
                self._newest_ms = max(self._newest_ms, message.at_ms)
                found.append(message)
        return found

    def end(self, span: Span) -> Mark | None:
        """Move on after the last page of a span; return what is reached once all is delivered."""
        if not span.is_whole:
            return None
        if span.end_ms is None:
            self._whole_ms = self._begun_ms
            reached_ms = min(self._newest_ms, self._begun_ms) - self._overlap_ms
        else:
            reached_ms = span.end_ms  # more than an overlap ago
        self.floor_ms = max(self.floor_ms, reached_ms)
        self._shorten()
        return Mark((), self.floor_ms)

    def delivered(self, mark: Mark) -> None:
        """Take note that this, and all before it, was delivered."""
        for key in mark.keys:
            self._delivered[key] = self._taken.pop(key)
        if mark.floor_ms is not None and mark.floor_ms > self._delivered_floor_ms:
            self._delivered_floor_ms = mark.floor_ms
            self._delivered = {
                key: at_ms for key, at_ms in self._delivered.items() if at_ms >= mark.floor_ms
            }

    def reached(self, group: str) -> Reached:
        """Return what to store."""
        return Reached(group, self._delivered_floor_ms, self._delivered)

    def _shorten(self) -> None:
        """Have the window begin where as much as can be remembered does."""
        times = self._delivered | self._taken
        if len(times) > _MAX_KEYS:
            self.shortened += 1
            self.floor_ms = max(self.floor_ms, sorted(times.values())[-_MAX_KEYS] + 1)
