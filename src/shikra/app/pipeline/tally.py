"""
Add up what rules did, from the kernel's own counts by condition.

In: counts that only grow, by generation of the tables and condition. Out: counts by rule, action
and mechanism. What belongs to tables that are long gone was added up while they weren't.
"""

import collections
from collections.abc import Callable, Mapping

from shikra.app.pipeline.orders import Deed
from shikra.model.enforcement import Action, Mechanism
from shikra.model.kernel_tables import KernelTables
from shikra.model.rule import RuleInfo
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import Enforced

KEPT_GENERATIONS = 8

Count = tuple[str, Action, Mechanism | None]
"""What deeds are counted by: rule, action, mechanism."""

Means = Callable[[RuleInfo, Outcome], Deed | None]
"""What an outcome means for a rule."""


class Tally:
    """Counts by rule."""

    def __init__(self, means: Means) -> None:
        """Begin at zero."""
        self.counts: collections.Counter[Count] = collections.Counter()
        self._means = means
        self._seen: Mapping[Enforced, int] = {}
        self._rules: collections.OrderedDict[int, tuple[tuple[RuleInfo, ...], ...]] = (
            collections.OrderedDict()
        )

    def know(self, generation: int, tables: KernelTables, infos: tuple[RuleInfo, ...]) -> None:
        """Take note of the rules behind each condition of a generation."""
        self._rules[generation] = tuple(
            tuple(infos[number] for number in numbers) for numbers in tables.rules
        )
        if len(self._rules) > KEPT_GENERATIONS:
            self._rules.popitem(last=False)

    def fold(self, counted: Mapping[Enforced, int]) -> None:
        """Add what is new."""
        for what, total in counted.items():
            new = total - self._seen.get(what, 0)
            for rule in self._behind(what) if new > 0 else ():
                found = self._means(rule, what.outcome)
                if found is not None:
                    self.add((rule.name, found.action, found.mechanism), new)
        self._seen = dict(counted)

    def add(self, count: Count, number: int) -> None:
        """Add so many."""
        self.counts[count] += number

    def _behind(self, what: Enforced) -> tuple[RuleInfo, ...]:
        conditions = self._rules.get(what.generation, ())
        return conditions[what.condition] if what.condition < len(conditions) else ()
