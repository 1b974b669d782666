"""
How long a rule that is new to enforcement is only observed.

In: the rules that ask for enforcement, as they are loaded, the time, and since when rules soaked
that soaked before a restart. Out: which of them soak, and which have stopped doing so. A rule is
new once, by its name: one that is changed while it soaks, or after, needn't begin again, or each
exemption would leave a gap. Times are since the epoch, since a restart may be one of the machine.
Pure.
"""

from collections.abc import Collection, Mapping

SECOND_NS = 1_000_000_000
TRIED_NS = 0
"""Since when a rule soaks that somebody takes for tried: for as long as there are clocks."""


class Soak:
    """Rules, and when they were new."""

    def __init__(self, seconds: float, since_ns: Mapping[str, int]) -> None:
        """Begin with what is remembered."""
        self.seconds = seconds
        self.since_ns: Mapping[str, int] = since_ns
        """When each rule was new."""
        self._untold: set[str] = set()  # whose end wasn't told

    def know(self, rules: Collection[str], now_ns: int) -> None:
        """Take note of the rules that are loaded; what isn't loaded any more is forgotten."""
        self.since_ns = {rule: self.since_ns.get(rule, now_ns) for rule in rules}
        soaking = {rule for rule in rules if self.is_on(rule, now_ns)}
        self._untold = (self._untold & set(rules)) | soaking

    def is_on(self, rule: str, now_ns: int) -> bool:
        """Whether a rule is only observed as yet."""
        return self.left_seconds(rule, now_ns) > 0

    def left_seconds(self, rule: str, now_ns: int) -> float:
        """Return how much longer; a clock that was set back makes it no longer than it is set."""
        since_ns = self.since_ns.get(rule, TRIED_NS)
        passed = max(0, now_ns - since_ns) / SECOND_NS
        return max(0.0, self.seconds - passed)

    def end(self, rule: str) -> None:
        """Take a rule for tried, since somebody says so."""
        if rule in self.since_ns:
            self.since_ns = {**self.since_ns, rule: TRIED_NS}
        self._untold.discard(rule)

    def over(self, now_ns: int) -> tuple[str, ...]:
        """Return the rules whose soak is over and wasn't told to be so yet."""
        over = tuple(sorted(rule for rule in self._untold if not self.is_on(rule, now_ns)))
        self._untold.difference_update(over)
        return over
