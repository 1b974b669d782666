"""
Look things up in a decoded audit event, of which nothing may be taken for granted.

In: JSON as Python has it, and the keys that lead to something. Out: what is there, or nothing; a
key that is missing, a list where an object should be and a ``null`` are all nothing. Who writes an
object writes its shape, so nothing here recurses further than it has keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shikra.model.value import Value

Document = Mapping[str, Any]

_TOO_DEEP = b"(nested too deeply)"


def at(node: Any, *keys: str) -> Any:
    """Return what is found by going from key to key; ``None`` if nothing is."""
    for key in keys:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def text(value: Any) -> bytes | None:
    """Return a value as text: strings as they are, all else as compact JSON."""
    match value:
        case None:
            return None
        case str():
            return value.encode(errors="replace")
        case bool():
            return b"true" if value else b"false"
        case _:
            return compact(value)


def compact(value: Any) -> bytes:
    """Return JSON without blanks."""
    try:
        return msgspec.json.encode(value)
    except RecursionError:
        return _TOO_DEEP


def texts(values: Iterator[Any]) -> Value:
    """Return a list field's value; ``None`` where there is no element."""
    return tuple(found for found in map(text, values) if found is not None) or None


def each(node: Any, keys: tuple[str, ...], index: int | None = None) -> Iterator[Any]:
    """
    Yield everything that the keys lead to, through each element of each list on the way.

    With an index, of the first list that is met only that element is taken.
    """
    nodes = [node]
    for key in keys:
        nodes, index = _elements(nodes, index)
        nodes = [found for one in nodes if (found := at(one, key)) is not None]
    yield from _elements(nodes, index)[0]


def _elements(nodes: list[Any], index: int | None) -> tuple[list[Any], int | None]:
    """Put a list's elements, or the one asked for, in its place."""
    found: list[Any] = []
    for node in nodes:
        if not isinstance(node, list):
            found.append(node)
        elif index is None:
            found += node
        else:
            found += node[index : index + 1]
    return found, None if any(isinstance(node, list) for node in nodes) else index
