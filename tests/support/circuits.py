"""
Short ways to write atoms, rules and events, for tests of what reads circuits.

Fields are those of the catalogue; an event is a table from their names to values.
"""

from collections.abc import Mapping

from shikra.model.event import Event
from shikra.model.field import Reference, locate
from shikra.model.fields import CATALOGUE
from shikra.model.rule import Priority, RuleInfo
from shikra.model.value import Value
from shikra.rules.ir import (
    Atom,
    Constants,
    Node,
    Op,
    Operand,
    Quantifier,
    Read,
    Rule,
    RuleSet,
)


def read(text: str) -> Read:
    """Return the operand that reads a field of the catalogue."""
    found = locate(CATALOGUE, text)
    assert isinstance(found, Reference), text
    return Read(
        name=found.name,
        field=found.field.name,
        argument=found.argument,
        type=found.field.type,
        is_list=found.field.is_list,
        any_of=found.any_of,
    )


def atom(
    left: str | Operand,
    op: Op,
    *right: Value | object,
    quantifier: Quantifier | None = None,
) -> Atom:
    """Return a comparison of a field, or of another operand, with constants."""
    side = read(left) if isinstance(left, str) else left
    constants: Constants = right  # type: ignore[assignment]
    return Atom(left=side, op=op, right=constants, quantifier=quantifier)


def rule(name: str, root: int, *types: str, is_enabled: bool = True) -> Rule:
    """Return a rule on these types of event."""
    info = RuleInfo(
        name=name,
        priority=Priority.NOTICE,
        source="syscall",
        tags=(),
        description="",
        revision="",
    )
    return Rule(
        info=info, root=root, event_types=frozenset(types), output=(), is_enabled=is_enabled
    )


def ruleset(*nodes: Node, types: tuple[str, ...] = ("open",)) -> RuleSet:
    """Return one rule whose condition is the last node."""
    return RuleSet(nodes=nodes, rules=(rule("only", len(nodes) - 1, *types),))


def event(fields: Mapping[str, Value], type: str = "open") -> Event:  # noqa: A002  as in Event
    """Return an event that has just these values."""
    made = Event("syscall", type, 0, {})
    made.fields.update(fields)
    return made
