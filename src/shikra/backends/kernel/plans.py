"""
Explain how each rule is evaluated.

In: rules, their conditions, and what the tables became. Out: a ``RulePlan`` a rule. A comparison is
decided at the last stage that it asks something of; one that isn't decided says why.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from shikra.backends.kernel import conditions
from shikra.backends.kernel.conditions import Condition
from shikra.backends.kernel.event_class import ClassBuilder
from shikra.backends.kernel.meaning import (
    Ask,
    Every,
    Fixed,
    Leaf,
    Meaning,
    Opposite,
    Unknown,
)
from shikra.backends.kernel.rule_plan import Left, RulePlan, Verdict
from shikra.backends.kernel.stages import AllBits, Stage, stage
from shikra.backends.kernel.vocabulary import Vocabulary
from shikra.backends.live import fold
from shikra.model.kernel_tables import Test
from shikra.rules.ir import Atom, RuleSet

_NO_ROOM = "the tables have no room for it"
_WEAKENED = "its patterns are too many, so a piece of them is looked for"


def plans(
    ruleset: RuleSet,
    numbered: tuple[Condition, ...],
    classes: Mapping[str, ClassBuilder],
    explainer: "Explainer",
) -> tuple[RulePlan | None, ...]:
    """Return the plan of each rule; none of one that isn't on system calls."""
    found: list[RulePlan | None] = [None] * len(ruleset.rules)
    for rule in conditions.evaluated(ruleset):
        nodes = (
            ruleset.nodes[at] for at in fold.reachable(ruleset.nodes, [ruleset.rules[rule].root])
        )
        atoms = [node for node in nodes if isinstance(node, Atom)]
        of_rule = {number: one for number, one in enumerate(numbered) if rule in one.rules}
        found[rule] = explainer.plan(atoms, of_rule, classes)
    return tuple(found)


class Explainer:
    """Explains comparisons, by what the bits and tests of one set of tables became."""

    def __init__(self, vocabulary: Vocabulary, bits: AllBits, weaker: Mapping[Test, Test]) -> None:
        """Explain these tables."""
        self._vocabulary = vocabulary
        self._bits = bits
        self._weaker = weaker

    def plan(
        self,
        atoms: list[Atom],
        of_rule: Mapping[int, Condition],
        classes: Mapping[str, ClassBuilder],
    ) -> RulePlan:
        """Return the plan of a rule with these comparisons and conditions."""
        is_past = any(one.literal is None for one in of_rule.values())
        places = [(number, kind) for number, one in of_rule.items() for kind in one.kinds]
        kinds = tuple(sorted({kind for _, kind in places}))
        verdicts = {classes[kind].verdict(number, self._weaker) for number, kind in places}
        return RulePlan(
            verdict=_worst(verdicts),
            kinds=kinds,
            atoms={} if is_past else self._decided(atoms, kinds),
            left=() if is_past else tuple(self._left(atoms, kinds)),
            is_past_bound=is_past,
            gates=max((classes[kind].gates_of(number) for number, kind in places), default=0),
            conditions=tuple(of_rule),
        )

    def _decided(self, atoms: list[Atom], kinds: tuple[str, ...]) -> dict[Stage, tuple[Atom, ...]]:
        found: dict[Stage, dict[Atom, None]] = {}
        for atom in atoms:
            stages = [stage(ask) for kind in kinds for ask in _asks(self._meaning(atom, kind))]
            if stages:
                found.setdefault(max(stages), {})[atom] = None
        return {each: tuple(found[each]) for each in sorted(found)}

    def _left(self, atoms: list[Atom], kinds: tuple[str, ...]) -> Iterator[Left]:
        for atom in atoms:
            for kind in kinds:
                reason = next(self._reasons(self._meaning(atom, kind)), None)
                if reason is not None:
                    yield Left(atom, reason)
                    break

    def _meaning(self, atom: Atom, kind: str) -> Meaning:
        return self._vocabulary.meaning(atom, kind)

    def _reasons(self, part: Meaning) -> Iterator[str]:
        match part:
            case Unknown(reason=reason):
                yield reason
            case Leaf(ask=ask):
                test = self._bits.test(ask)
                if test is None:
                    yield _NO_ROOM
                elif test in self._weaker:
                    yield _WEAKENED
            case Every(parts=parts):
                for each in parts:
                    yield from self._reasons(each)
            case Opposite(part=inner):
                yield from self._reasons(inner)
            case Fixed():
                pass
            case _:
                assert_never(part)


def _asks(part: Meaning) -> Iterator[Ask]:
    match part:
        case Leaf(ask=ask):
            yield ask
        case Every(parts=parts):
            for each in parts:
                yield from _asks(each)
        case Opposite(part=inner):
            yield from _asks(inner)
        case Fixed() | Unknown():
            pass
        case _:
            assert_never(part)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what is true of a rule as a whole."""
    verdicts = set(verdicts)
    if verdicts == {Verdict.USER_SPACE}:
        return Verdict.USER_SPACE
    return Verdict.EXACT if verdicts <= {Verdict.EXACT} else Verdict.SUPERSET
