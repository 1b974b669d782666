"""
Rules as Python functions, one for all types of event that the rules treat alike.

In: a rule set. Out: an ``Evaluator`` that says which rules an event matches. A rule that can't
be compiled, or that fails on an event, is counted by name and takes no other rule with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from shikra.backends.live.fold import FALSE, Circuit, Literal
from shikra.backends.live.generate import Generator, Matcher
from shikra.backends.live.predicate import value_test
from shikra.model.event import Event, Fields
from shikra.rules.ir import Atom, Node, Read, Rule, RuleSet

_FEW = 4
"""At most every fourth condition is evaluated by itself: more are faster with all others."""


class Bucket(msgspec.Struct, frozen=True):
    """What is evaluated for one type of event."""

    matcher: Matcher
    conditions: Mapping[Literal, tuple[int, ...]]  # and the rules that they are of
    of_rules: Mapping[int, Literal]  # the same, by rule

    def wanted(self, rules: Iterable[int]) -> dict[Literal, tuple[int, ...]]:
        """Return the conditions of these rules, and which of the rules each is of."""
        found: dict[Literal, tuple[int, ...]] = {}
        for rule in rules:
            condition = self.of_rules.get(rule)
            if condition is not None:
                found[condition] = (*found.get(condition, ()), rule)
        return found


_NOTHING: Mapping[str, Bucket] = {}


class Evaluator:
    """Says which rules an event matches. Made by ``compile_rules``; keeps no event."""

    def __init__(self, ruleset: RuleSet, kept: Sequence[int]) -> None:
        """Compile these rules of the set."""
        self.failures: Counter[str] = Counter()
        """How often each rule could not be evaluated, by its name."""
        self.unusable: dict[str, str] = {}
        """Rules that could not be compiled, by name, and why: a bug, but of one rule."""
        self._rules = ruleset.rules
        self._circuit = Circuit()
        self._generator = Generator(self._circuit)
        self._alone: dict[Literal, Matcher] = {}
        self._buckets = self._compile(ruleset, kept)
        self.event_types = frozenset(kind for kinds in self._buckets.values() for kind in kinds)
        """Types of event that some rule can match."""

    def matches(self, event: Event) -> tuple[int, ...]:
        """Return the indices of the rules that the event matches, in the order of the rules."""
        bucket = self._bucket_of(event)
        return () if bucket is None else self._all_at_once(bucket, event.fields)

    def matches_among(self, event: Event, rules: frozenset[int]) -> tuple[int, ...]:
        """Return what ``matches`` does, of these rules alone; others are hardly looked at."""
        bucket = self._bucket_of(event)
        if bucket is None:
            return ()
        if len(rules) * _FEW <= len(bucket.conditions):
            return self._one_by_one(bucket.wanted(rules), event.fields)
        return tuple(rule for rule in self._all_at_once(bucket, event.fields) if rule in rules)

    def _bucket_of(self, event: Event) -> Bucket | None:
        return self._buckets.get(event.source, _NOTHING).get(event.type)

    def _all_at_once(self, bucket: Bucket, fields: Fields) -> tuple[int, ...]:
        try:
            return bucket.matcher(fields)
        except Exception:  # noqa: BLE001  the fence: a failing rule must not silence the others
            return self._one_by_one(bucket.conditions, fields)

    def _one_by_one(
        self, conditions: Mapping[Literal, tuple[int, ...]], fields: Fields
    ) -> tuple[int, ...]:
        """Evaluate each condition by itself; those that fail are counted and don't match."""
        matched: list[int] = []
        for condition, rules in conditions.items():
            try:
                if condition not in self._alone:
                    self._alone[condition] = self._generator.matcher({condition: rules[:1]})
                matched += rules if self._alone[condition](fields) else ()
            except Exception:  # noqa: BLE001  the same fence, around one condition
                self.failures.update(self._rules[rule].info.name for rule in rules)
        return tuple(sorted(matched))

    def _compile(self, ruleset: RuleSet, kept: Sequence[int]) -> dict[str, dict[str, Bucket]]:
        """Make a bucket for each source and type of event; those treated alike share one."""
        buckets: defaultdict[str, dict[str, Bucket]] = defaultdict(dict)
        types = TypeTests(ruleset.nodes)
        made: dict[tuple[object, ...], Bucket] = {}
        for (source, kind), rules in _by_type(ruleset.rules, kept).items():
            known = types.known(kind)
            key = (tuple(rules), tuple(known.values()))
            if key not in made:
                roots = [ruleset.rules[rule].root for rule in rules]
                folded = self._circuit.fold(ruleset.nodes, known, roots)
                made[key] = self._bucket((folded[ruleset.rules[rule].root], rule) for rule in rules)
            if made[key].conditions:
                buckets[source][kind] = made[key]
        return dict(buckets)

    def _bucket(self, rules: Iterable[tuple[Literal, int]]) -> Bucket:
        conditions: dict[Literal, tuple[int, ...]] = {}
        for condition, rule in rules:
            if condition != FALSE and self._rules[rule].info.name not in self.unusable:
                conditions[condition] = (*conditions.get(condition, ()), rule)
        try:
            matcher = self._generator.matcher(conditions)
        except Exception:  # noqa: BLE001  the fence again: find the condition that is to blame
            conditions = dict(self._usable(conditions))
            matcher = self._generator.matcher(conditions)
        of_rules = {rule: each for each, rules in conditions.items() for rule in rules}
        return Bucket(matcher, dict(conditions), of_rules)

    def _usable(
        self, conditions: Mapping[Literal, tuple[int, ...]]
    ) -> Iterator[tuple[Literal, tuple[int, ...]]]:
        for condition, rules in conditions.items():
            try:
                self._generator.matcher({condition: rules})
            except Exception as error:  # noqa: BLE001  around one condition
                reason = f"{type(error).__name__}: {error}"
                self.unusable.update((self._rules[rule].info.name, reason) for rule in rules)
            else:
                yield condition, rules


class TypeTests:
    """The comparisons with ``evt.type``, which the type alone decides."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Find them among the nodes of a rule set."""
        self._tests = {
            index: value_test(node)
            for index, node in enumerate(nodes)
            if isinstance(node, Atom)
            and isinstance(node.left, Read)
            and node.left.name == "evt.type"
            and isinstance(node.right, tuple)
        }

    def known(self, kind: str) -> dict[int, bool]:
        """Say what each comparison says of a type."""
        return {index: bool(test(kind.encode())) for index, test in self._tests.items()}


def _by_type(rules: Sequence[Rule], kept: Iterable[int]) -> dict[tuple[str, str], list[int]]:
    """Return the rules for each source and type of event."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index in kept:
        for kind in rules[index].event_types:
            found[rules[index].info.source, kind].append(index)
    return found


def compile_rules(ruleset: RuleSet, *, keep: Callable[[Rule], bool] = lambda _: True) -> Evaluator:
    """Compile the enabled rules of a set that are to be kept."""
    kept = [index for index, rule in enumerate(ruleset.rules) if rule.is_enabled and keep(rule)]
    return Evaluator(ruleset, kept)
