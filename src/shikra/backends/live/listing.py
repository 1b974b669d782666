"""
Show the functions that a rule becomes, to people.

In: a rule set and a rule of it. Out: for each group of event types that the rule treats alike,
the text of the function that decides it when it is alone, and what the names in it stand for.
It is made by what makes the functions that run; those decide many rules at once.
"""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from shikra.backends.live import fold, generate
from shikra.backends.live.compile import TypeTests
from shikra.rules.ir import Atom, Rule, RuleSet


class Listing(msgspec.Struct, frozen=True):
    """One function; ``comparisons`` are those that are functions of the library."""

    event_types: tuple[str, ...]
    source: str
    constants: Mapping[str, object]
    comparisons: Mapping[str, Atom]


def listings(ruleset: RuleSet, rule: Rule) -> tuple[Listing, ...]:
    """Return a rule's functions; none if it can't hold of any event."""
    circuit = fold.Circuit()
    types = TypeTests(ruleset.nodes)
    groups: defaultdict[fold.Literal, list[str]] = defaultdict(list)
    for kind in sorted(rule.event_types):
        literal = circuit.fold(ruleset.nodes, types.known(kind), [rule.root])[rule.root]
        if literal != fold.FALSE:
            groups[literal].append(kind)
    return tuple(_listing(circuit, literal, kinds) for literal, kinds in groups.items())


def _listing(circuit: fold.Circuit, literal: fold.Literal, kinds: list[str]) -> Listing:
    generator = generate.Generator(circuit)
    program = generator.program({literal: (0,)})
    return Listing(tuple(kinds), program.source, generator.constants, generator.comparisons)
