"""
What a part of a rule file means, apart from how it is written.

In: a node. Out: something that is equal for nodes that load to the same. Two files of which this
is equal define the same lists, macros and rules.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from shikra.model.rule import Priority
from shikra.rules import diagnostics, keys, nodes, parse, tree

_SWITCHES = frozenset(
    (
        *("enabled", "warn_evttypes", "skip-if-unknown-filter", "capture", "append"),
        "include_init",
    )
)
_BLANKS = re.compile(r"[ \t\n\r]+")
_LONG = 200_000

Meaning = object


def of_all(documents: Iterable[nodes.Node]) -> list[Meaning]:
    """Return what the documents of a file mean; empty ones mean nothing."""
    return [of(document) for document in documents if not is_nothing(document)]


def of(node: nodes.Node, key: str = "") -> Meaning:
    """Return what a node means, as the value of a key."""
    match node:
        case nodes.Scalar():
            return ("nothing", node.value) if node.is_null else _text(key, node.value)
        case nodes.Sequence(items=items):
            return [of(item) for item in items]
        case nodes.Mapping(entries=entries):
            return {name.value: of(value, name.value) for name, value in entries}
        case _:
            assert_never(node)


def is_nothing(node: nodes.Node) -> bool:
    """Whether a document is empty."""
    return isinstance(node, nodes.Scalar) and node.is_null


def switch(key: str, text: str) -> str | None:
    """Return the one way to write a priority, yes or no; nothing if it is neither."""
    if key == "priority":
        found = Priority.named(text)
        if found is Priority.INFORMATIONAL:
            return "INFO"
        return found.name if found is not None else None
    if key not in _SWITCHES or text not in keys.TRUE | keys.FALSE:
        return None
    return "true" if text in keys.TRUE else "false"


def _text(key: str, text: str) -> str | tuple[str, tree.Expr]:
    if key in ("desc", "output"):
        return text.strip()
    if key != "condition":
        return switch(key, text) or text
    return condition(text)


def condition(text: str) -> str | tuple[str, tree.Expr]:
    """Return a condition's tree; where it has none, its words."""
    found = parse.parse(text) if len(text) <= _LONG else None
    if found is None or isinstance(found, diagnostics.Mistake):
        return _BLANKS.sub(" ", text).strip()
    return ("condition", found)
