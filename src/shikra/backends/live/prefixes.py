"""
Sets of path prefixes: what ``pmatch`` does.

In: patterns. Out: a function from bytes to bool. A pattern matches a path that it is, component
by component, a prefix of; a component with ``?``, ``*`` or ``[`` is a glob of its own, so its
star doesn't cross ``/``. ``/`` matches every path.
"""

import itertools
from collections.abc import Callable, Iterable

from shikra.backends.live import wildcard

_SPECIAL = frozenset(b"?*[")

Components = tuple[bytes, ...]


def matcher(patterns: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return the function that says whether any of the patterns is a prefix of a path."""
    split = [_components(pattern) for pattern in patterns if pattern]
    plain = tuple(b"/".join((b"", *parts, b"")) for parts in split if not _has_glob(parts))
    globs = _Globs(parts for parts in split if _has_glob(parts))

    def matches(path: bytes) -> bool:
        """Look at the text alone where that is enough."""
        if path[:1] != b"/" or b"//" in path:
            path = b"/".join((b"", *_components(path)))
        below = path + b"/"
        return below.startswith(plain) or (below.startswith(globs.heads) and globs.match(path))

    return matches


class _Globs:
    """Patterns in which some component is a glob, by their first components."""

    def __init__(self, patterns: Iterable[Components]) -> None:
        self._root = _Node()
        heads: set[bytes] = set()
        for components in patterns:
            literal = itertools.takewhile(lambda part: not _has_glob((part,)), components)
            heads.add(b"/".join((b"", *literal, b"")))
            self._root.add(components)
        self.heads = tuple(heads)

    def match(self, path: bytes) -> bool:
        """Follow all patterns at once, one component after the other."""
        alive = [self._root]
        for component in _components(path):
            alive = [after for node in alive for after in node.follow(component)]
            if any(node.is_end for node in alive):
                return True
        return False


class _Node:
    """What may follow at one depth; ``is_end`` where a pattern ends."""

    __slots__ = ("globs", "is_end", "named")

    def __init__(self) -> None:
        self.named: dict[bytes, _Node] = {}
        self.globs: dict[bytes, tuple[Callable[[bytes], bool], _Node]] = {}
        self.is_end = False

    def add(self, components: Components) -> None:
        """Add a pattern."""
        node = self
        for component in components:
            if _has_glob((component,)):
                fresh = (wildcard.matcher(component), _Node())
                node = node.globs.setdefault(component, fresh)[1]
            else:
                node = node.named.setdefault(component, _Node())
        node.is_end = True

    def follow(self, component: bytes) -> list["_Node"]:
        """Return where a component leads."""
        found = [after for matches, after in self.globs.values() if matches(component)]
        if (named := self.named.get(component)) is not None:
            found.append(named)
        return found


def _components(path: bytes) -> Components:
    return tuple(component for component in path.split(b"/") if component)


def _has_glob(components: Components) -> bool:
    return any(not _SPECIAL.isdisjoint(component) for component in components)
