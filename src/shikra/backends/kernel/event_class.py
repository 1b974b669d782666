"""
What is evaluated for one type of event.

In: the conditions that apply to it, by number. Out: their requirements on numbers, the predicates
of names that keep them, and the whole of each, which become the programs of its class.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from shikra.backends.kernel import gates, keepers
from shikra.backends.kernel.conditions import Condition
from shikra.backends.kernel.keepers import Keepers
from shikra.backends.kernel.patterns import Patterns
from shikra.backends.kernel.rule_plan import Verdict
from shikra.backends.kernel.stages import Stage, Translator
from shikra.model.kernel_tables import EventClass, OfNetwork, OfNumber, Program, Test, View


class ClassBuilder:
    """Holds the requirements until the tests have their final form."""

    def __init__(
        self,
        translator: Translator,
        conditions: Mapping[int, Condition],
        patterns: Callable[[View, int], Patterns],
    ) -> None:
        """Translate the conditions."""
        whole = {
            number: gates.UNKNOWN if one.literal is None else translator.whole(one.literal)
            for number, one in conditions.items()
        }
        self._translator = translator
        self._verdicts: dict[int, Verdict] = {}
        self._built: EventClass | None = None
        self._whole = {number: one for number, one in whole.items() if one != gates.FALSE}
        self._conditions = {number: conditions[number] for number in self._whole}
        known: keepers.Known = {}
        of_all = {
            number: keepers.keepers(translator.gates, literal, patterns, known)
            for number, literal in self._whole.items()
        }
        self.kept: dict[int, Keepers] = {number: one for number, one in of_all.items() if one}
        """The conditions that hold only if a predicate of a name does, and which."""

    def verdict(self, number: int, weaker: Mapping[Test, Test]) -> Verdict:
        """Return how much the kernel knows of a condition."""
        if number not in self._verdicts:
            self._verdicts[number] = self._verdict(number, weaker)
        return self._verdicts[number]

    def _verdict(self, number: int, weaker: Mapping[Test, Test]) -> Verdict:
        made = self._translator.gates
        whole = self._whole.get(number, gates.FALSE)
        below = made.below([whole])
        parts = {part for index in below for part in made.parts(index) or ()}
        if whole == gates.UNKNOWN:
            return Verdict.USER_SPACE
        is_decided = gates.UNKNOWN not in parts and not any(
            made.asked(one) in weaker for one in below
        )
        return Verdict.EXACT if is_decided else Verdict.SUPERSET

    def gates_of(self, number: int) -> int:
        """Count the gates of a condition."""
        made = self._translator.gates
        below = made.below([self._whole.get(number, gates.FALSE)])
        return sum(made.parts(index) is not None for index in below)

    def build(self, kind: str, exact: Mapping[Test, Test]) -> EventClass:
        """Return the class for a type of event; some tests are exchanged for others."""
        if self._built is None:
            self._built = self._build(kind, exact)
        return msgspec.structs.replace(self._built, event_type=kind)

    def _build(self, kind: str, exact: Mapping[Test, Test]) -> EventClass:
        return EventClass(
            event_type=kind,
            conditions=frozenset(self._conditions),
            numbers=self._program(self._numbers(), exact),
            named=frozenset(self.kept),
            opened_only=frozenset(
                number for number, one in self._conditions.items() if one.is_opened_only
            ),
            full=self._program(
                ((literal, number) for number, literal in self._whole.items()), exact
            ),
        )

    def _numbers(self) -> Iterator[tuple[gates.Literal, int]]:
        """Yield what must be for a condition to hold, as far as it asks of numbers."""
        made = self._translator.gates
        for number, one in self._conditions.items():
            if one.literal is None:
                continue
            for literal in made.conjuncts(self._translator.may(one.literal, Stage.NUMBERS)):
                tests = (made.asked(index) for index in made.below([literal]))
                if any(isinstance(test, OfNumber | OfNetwork) for test in tests):
                    yield literal, number

    def _program(
        self, requirements: Iterator[tuple[gates.Literal, int]], exact: Mapping[Test, Test]
    ) -> Program:
        return self._translator.gates.program(list(requirements), exact)
