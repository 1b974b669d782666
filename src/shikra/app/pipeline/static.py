"""
Put in the values of ``static.*`` fields, which the configuration fixes for all events.

In: rules whose conditions and outputs name such fields, and the values. Out: the same rules with
the values in their places; a comparison that is decided by them is decided here, once.
"""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from shikra.backends.live.predicate import predicate
from shikra.model.event import Event
from shikra.model.field import Catalogue, Field, Filled, Stage
from shikra.model.value import FieldType
from shikra.rules.ir import (
    Apply,
    Atom,
    Constant,
    Node,
    Operand,
    Placeholder,
    Read,
    RuleSet,
    Sequence,
    Template,
    Truth,
)

PREFIX = "static."

_NO_EVENT = Event("", "", 0, {})


def catalogue(known: Catalogue, values: Mapping[str, str]) -> Catalogue:
    """Return the catalogue with a field for each value."""
    fields = {
        PREFIX + name: Field(
            name=PREFIX + name,
            type=FieldType.TEXT,
            stage=Stage.CONTAINER,
            source="",
            filled=Filled.ENRICHMENT,
            description="Fixed by the configuration.",
        )
        for name in values
    }
    return {**known, **fields} if fields else known


class Filler:
    """Puts values where they are named."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Remember the values as constants."""
        self._constants = {PREFIX + name: Constant(text.encode()) for name, text in values.items()}

    def rules(self, ruleset: RuleSet) -> RuleSet:
        """Return the rules with the values in their conditions and outputs."""
        if not self._constants:
            return ruleset
        rules = (
            msgspec.structs.replace(rule, output=self.template(rule.output))
            for rule in ruleset.rules
        )
        return RuleSet(tuple(map(self._node, ruleset.nodes)), tuple(rules))

    def template(self, template: Template) -> Template:
        """Return an output with the values in it."""
        return tuple(part if isinstance(part, str) else self.placeholder(part) for part in template)

    def placeholder(self, part: Placeholder) -> Placeholder:
        """Return a field's place in an output with the values in it."""
        return msgspec.structs.replace(part, operand=self._operand(part.operand))

    def _node(self, node: Node) -> Node:
        if not isinstance(node, Atom):
            return node
        left, right = self._operand(node.left), node.right
        if not isinstance(right, tuple):
            right = self._operand(right)
        if isinstance(right, Constant):
            right = (right.value,)
        atom = Atom(left, node.op, right, node.quantifier)
        if _is_fixed(left) and (isinstance(right, tuple) or _is_fixed(right)):
            return Truth(predicate(atom)(_NO_EVENT.fields))
        return atom

    def _operand(self, operand: Operand) -> Operand:
        match operand:
            case Read(name=name):
                return self._constants.get(name, operand)
            case Apply(arguments=parts):
                arguments = tuple(map(self._operand, parts))
                return msgspec.structs.replace(operand, arguments=arguments)
            case Sequence(items=items):
                return Sequence(tuple(map(self._operand, items)))
            case Constant():
                return operand
            case _:
                assert_never(operand)


def _is_fixed(operand: Operand) -> bool:
    """Whether an operand reads nothing of an event."""
    match operand:
        case Read():
            return False
        case Apply(arguments=parts) | Sequence(items=parts):
            return all(map(_is_fixed, parts))
        case Constant():
            return True
        case _:
            assert_never(operand)
