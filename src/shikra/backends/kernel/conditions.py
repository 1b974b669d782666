"""
What rules require of each type of event, and the numbers of these conditions.

In: a rule set. Out: a folded circuit, and conditions in their order. Rules that require the same
of a type of event share a condition, and types of which the same rules require it share it, too; so
a condition that holds is all that its rules require. One rule may have several. Rules past the
bound share one that always may hold.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from shikra.backends.kernel import bounds
from shikra.backends.kernel.meaning import Fixed
from shikra.backends.kernel.vocabulary import Vocabulary
from shikra.backends.live import fold
from shikra.rules.ir import Atom, Rule, RuleSet

SOURCE = "syscall"

Roots = Mapping[str, Mapping[int, fold.Literal]]
"""By type of event: rules that may match it, and what each requires."""


_Key = tuple[fold.Literal | None, bool, frozenset[int]]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What some rules require."""

    literal: fold.Literal | None  # None: user space alone knows
    is_opened_only: bool
    kinds: tuple[str, ...]
    rules: frozenset[int]


def roots(
    ruleset: RuleSet, vocabulary: Vocabulary, circuit: fold.Circuit, kinds: Collection[str]
) -> Roots:
    """Fold what each rule requires of each of these types of event."""
    found: dict[str, dict[int, fold.Literal]] = {}
    for kind in kinds:
        rules = [rule for rule in evaluated(ruleset) if kind in ruleset.rules[rule].event_types]
        if not rules:
            continue
        wanted = [ruleset.rules[rule].root for rule in rules]
        known = {}
        for index in fold.reachable(ruleset.nodes, wanted):
            atom = ruleset.nodes[index]
            meaning = vocabulary.meaning(atom, kind) if isinstance(atom, Atom) else None
            if isinstance(meaning, Fixed):
                known[index] = meaning.holds
        literals = circuit.fold(ruleset.nodes, known, wanted)
        of_rules = {rule: literals[ruleset.rules[rule].root] for rule in rules}
        left = {rule: literal for rule, literal in of_rules.items() if literal != fold.FALSE}
        if left:
            found[kind] = left
    return found


def evaluated(ruleset: RuleSet) -> Iterator[int]:
    """Yield the rules that the kernel is asked about, in order."""
    for index, rule in enumerate(ruleset.rules):
        if rule.is_enabled and rule.info.source == SOURCE:
            yield index


def conditions(ruleset: RuleSet, found: Roots, in_kernel: int) -> tuple[Condition, ...]:
    """Return the conditions by number; those of a type of event are near each other."""
    known = frozenset(list(evaluated(ruleset))[:in_kernel])
    kinds: dict[_Key, list[str]] = {}
    for kind, of_rules in found.items():
        together: dict[tuple[fold.Literal | None, bool], set[int]] = {}
        for rule, literal in of_rules.items():
            key = literal, _is_opened_only(ruleset.rules[rule])
            together.setdefault(key if rule in known else (None, False), set()).add(rule)
        for (asked, is_opened_only), rules in together.items():
            kinds.setdefault((asked, is_opened_only, frozenset(rules)), []).append(kind)
    made = (
        Condition(
            literal=literal, is_opened_only=is_opened_only, kinds=tuple(of_kinds), rules=rules
        )
        for (literal, is_opened_only, rules), of_kinds in kinds.items()
    )
    return tuple(sorted(made, key=lambda one: (one.kinds, min(one.rules))))


def fits(found: tuple[Condition, ...], kinds: Collection[str]) -> bool:
    """Whether there is a number for each."""
    return len(found) <= bounds.CONDITIONS and len(kinds) <= bounds.CLASSES


def _is_opened_only(rule: Rule) -> bool:
    return rule.uses_path and rule.opened_names_only
