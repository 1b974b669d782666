"""
Sets of path prefixes: what ``pmatch`` does.

In: patterns. Out: a function from bytes to bool. A pattern matches a path that it is, component
by component, a prefix of; a component with ``?``, ``*`` or ``[`` is a glob of its own, so its
star doesn't cross ``/``. ``/`` matches every path.
"""

from collections.abc import Callable, Iterable

from shikra.backends.live import wildcard

_SPECIAL = frozenset(b"?*[")


class _Node:
    """What may follow at one depth; ``is_end`` where a pattern ends."""

    __slots__ = ("globs", "is_end", "named")

    def __init__(self) -> None:
        self.named: dict[bytes, _Node] = {}
        self.globs: dict[bytes, tuple[Callable[[bytes], bool], _Node]] = {}
        self.is_end = False


def matcher(patterns: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return the function that says whether any of the patterns is a prefix of a path."""
    root = _Node()
    for pattern in patterns:
        if pattern:
            _add(root, _components(pattern))

    def matches(path: bytes) -> bool:
        """Follow all patterns at once, one component after the other."""
        alive = [root]
        if root.is_end:
            return True
        for component in _components(path):
            alive = [after for node in alive for after in _follow(node, component)]
            if not alive:
                return False
            if any(node.is_end for node in alive):
                return True
        return False

    return matches


def _components(path: bytes) -> list[bytes]:
    return [component for component in path.split(b"/") if component]


def _add(node: _Node, components: list[bytes]) -> None:
    for component in components:
        if _SPECIAL.isdisjoint(component):
            node = node.named.setdefault(component, _Node())
        else:
            fresh = (wildcard.matcher(component), _Node())
            node = node.globs.setdefault(component, fresh)[1]
    node.is_end = True


def _follow(node: _Node, component: bytes) -> list[_Node]:
    found = [after for matches, after in node.globs.values() if matches(component)]
    if (named := node.named.get(component)) is not None:
        found.append(named)
    return found
