"""
Find the fields that rules read, in their conditions or to be printed.

In: a rule set, and all templates that its alerts are printed with. Out: the fields' names as the
catalogue knows them. What nobody reads, a source needn't find out.
"""

from collections.abc import Iterable, Iterator

from shikra.rules import check
from shikra.rules.ir import Atom, Operand, Placeholder, RuleSet, Template


def fields_read(ruleset: RuleSet, templates: Iterable[Template]) -> frozenset[str]:
    """Return the fields' names; those of a condition that no rule uses may be among them."""
    operands = (*_of_conditions(ruleset), *_of_templates(templates))
    return frozenset(field for operand in operands for field in check.fields_of(operand))


def _of_conditions(ruleset: RuleSet) -> Iterator[Operand]:
    for node in ruleset.nodes:
        if isinstance(node, Atom):
            yield node.left
            if not isinstance(node.right, tuple):
                yield node.right


def _of_templates(templates: Iterable[Template]) -> Iterator[Operand]:
    for template in templates:
        yield from (part.operand for part in template if isinstance(part, Placeholder))
