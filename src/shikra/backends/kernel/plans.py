"""
Explain how each rule is evaluated.

In: rules, their conditions, and what the tables became. Out: a ``RulePlan`` a rule. A comparison is
decided at the last stage that it asks something of; one that isn't decided says why.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from shikra.backends.kernel import conditions
from shikra.backends.kernel.asked import Asked
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
from shikra.model.kernel_tables import Test
from shikra.rules.ir import Atom, RuleSet

_Meanings = dict[Atom, list[Meaning]]

_NO_ROOM = "the tables have no room for it"
_WEAKENED = "its patterns are too many, so a piece of them is looked for"


def plans(
    ruleset: RuleSet,
    numbered: tuple[Condition, ...],
    classes: Mapping[str, ClassBuilder],
    explainer: "Explainer",
) -> tuple[RulePlan | None, ...]:
    """Return the plan of each rule; none of one that isn't on system calls."""
    of_rules: dict[int, dict[int, Condition]] = {rule: {} for rule in conditions.evaluated(ruleset)}
    for number, one in enumerate(numbered):
        for rule in one.rules:
            of_rules[rule][number] = one
    found: list[RulePlan | None] = [None] * len(ruleset.rules)
    for rule, of_rule in of_rules.items():
        found[rule] = explainer.plan(ruleset.rules[rule].root, of_rule, classes)
    return tuple(found)


class Explainer:
    """Explains comparisons, by what the bits and tests of one set of tables became."""

    def __init__(
        self,
        ruleset: RuleSet,
        vocabulary: Vocabulary,
        bits: AllBits,
        weaker: Mapping[Test, Test],
    ) -> None:
        """Explain these rules and tables."""
        self._nodes = ruleset.nodes
        self._roots = {ruleset.rules[rule].root for rule in conditions.evaluated(ruleset)}
        self._vocabulary = vocabulary
        self._bits = bits
        self._weaker = weaker
        self._asked: dict[str, Asked] = {}

    def plan(
        self, root: int, of_rule: Mapping[int, Condition], classes: Mapping[str, ClassBuilder]
    ) -> RulePlan:
        """Return the plan of a rule with this root and these conditions."""
        is_past = any(one.literal is None for one in of_rule.values())
        places = [(number, kind) for number, one in of_rule.items() for kind in one.kinds]
        kinds = tuple(sorted({kind for _, kind in places}))
        verdicts = {classes[kind].verdict(number, self._weaker) for number, kind in places}
        atoms = {} if is_past else self._atoms(root, kinds)
        return RulePlan(
            verdict=_worst(verdicts),
            kinds=kinds,
            atoms=self._decided(atoms),
            left=tuple(self._left(atoms)),
            is_past_bound=is_past,
            gates=max((classes[kind].gates_of(number) for number, kind in places), default=0),
            conditions=tuple(of_rule),
        )

    def _atoms(self, root: int, kinds: tuple[str, ...]) -> _Meanings:
        """Return what the comparisons of a rule mean wherever they matter."""
        found: _Meanings = {}
        for kind in kinds:
            if kind not in self._asked:
                self._asked[kind] = Asked(self._nodes, self._vocabulary, kind, self._roots)
            for atom in self._asked[kind].atoms(root):
                found.setdefault(atom, []).append(self._vocabulary.meaning(atom, kind))
        return found

    def _decided(self, atoms: _Meanings) -> dict[Stage, tuple[Atom, ...]]:
        found: dict[Stage, dict[Atom, None]] = {}
        for atom, meanings in atoms.items():
            stages = [stage(ask) for meaning in meanings for ask in _asks(meaning)]
            if stages:
                found.setdefault(max(stages), {})[atom] = None
        return {each: tuple(found[each]) for each in sorted(found)}

    def _left(self, atoms: _Meanings) -> Iterator[Left]:
        for atom, meanings in atoms.items():
            reasons = (reason for meaning in meanings for reason in self._reasons(meaning))
            reason = next(reasons, None)
            if reason is not None:
                yield Left(atom, reason)

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
    if not verdicts:
        return Verdict.NEVER
    if verdicts == {Verdict.USER_SPACE}:
        return Verdict.USER_SPACE
    return Verdict.EXACT if verdicts <= {Verdict.EXACT} else Verdict.SUPERSET
