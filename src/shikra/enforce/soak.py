"""
How long a rule that is new to enforcement is only observed.

In: the rules that ask for enforcement, as they are loaded, and the time. Out: which of them soak,
and which have stopped doing so. A rule is new once, by its name: one that is changed while it
soaks, or after, needn't begin again, or each exemption would leave a gap. Pure.
"""

from collections.abc import Collection

SECOND_NS = 1_000_000_000


class Soak:
    """Rules, and when they were new."""

    def __init__(self, seconds: float) -> None:
        """Know no rule yet."""
        self.seconds = seconds
        self._since_ns: dict[str, int] = {}
        self._tried: set[str] = set()  # somebody said so
        self._untold: set[str] = set()  # whose end wasn't told

    def know(self, rules: Collection[str], now_ns: int) -> None:
        """Take note of the rules that are loaded; what isn't loaded any more is forgotten."""
        self._since_ns = {rule: self._since_ns.get(rule, now_ns) for rule in rules}
        self._tried.intersection_update(rules)
        soaking = {rule for rule in rules if self.is_on(rule, now_ns)}
        self._untold = (self._untold & set(rules)) | soaking

    def is_on(self, rule: str, now_ns: int) -> bool:
        """Whether a rule is only observed as yet."""
        return self.left_seconds(rule, now_ns) > 0

    def left_seconds(self, rule: str, now_ns: int) -> float:
        """Return how much longer."""
        since_ns = self._since_ns.get(rule)
        if since_ns is None or rule in self._tried:
            return 0.0
        return max(0.0, self.seconds - (now_ns - since_ns) / SECOND_NS)

    def end(self, rule: str) -> None:
        """Take a rule for tried, since somebody says so."""
        self._tried.add(rule)
        self._untold.discard(rule)

    def over(self, now_ns: int) -> tuple[str, ...]:
        """Return the rules whose soak is over and wasn't told to be so yet."""
        over = tuple(sorted(rule for rule in self._untold if not self.is_on(rule, now_ns)))
        self._untold.difference_update(over)
        return over
