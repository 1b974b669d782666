"""
Sets of path prefixes: what ``pmatch`` does.

In: patterns. Out: a function from bytes to something true or false. A pattern matches a path that
it is, component by component, a prefix of; a component with ``?``, ``*`` or ``[`` is a glob of its
own, so its star doesn't cross ``/``. ``/`` matches every path, and an empty pattern none.
"""

import re
from collections.abc import Callable, Iterable

from shikra.backends.live import path_tree, wildcard
from shikra.backends.live.path_tree import Components

_FEW = 64
"""Patterns in one expression: it tries them one by one."""


def matcher(patterns: Iterable[bytes]) -> Callable[[bytes], object]:
    """Return the function that says whether any of the patterns is a prefix of a path."""
    split = [path_tree.components(pattern) for pattern in patterns if pattern]
    if len(split) <= _FEW:
        any_of = b"|".join(map(_expression, split)) if split else b"(?!)"
        return re.compile(b"(?:" + any_of + b")", re.DOTALL).match
    tree = path_tree.Tree()
    for components in split:
        tree.add(components)
    return tree.matches


def _expression(components: Components) -> bytes:
    """Return an expression for paths that begin with these components, and then end or go on."""
    if not components:
        return b""
    return b"/*" + b"/+".join(map(_component, components)) + rb"(?:/|\Z)"


def _component(component: bytes) -> bytes:
    if not path_tree.is_glob(component):
        return re.escape(component)
    return b"(?=[^/])" + wildcard.expression(component, any_byte=b"[^/]")
