"""
Which comparisons of a rule matter at a type of event: those that the type doesn't settle.

In: the nodes of a rule set and what comparisons mean. Out: for a rule's root, the comparisons that
its truth still depends on.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from shikra.backends.kernel.meaning import Fixed
from shikra.backends.kernel.vocabulary import Vocabulary
from shikra.backends.live import fold
from shikra.rules.ir import Atom, Both, Either, Negate, Node, Truth


class Asked:
    """What is asked at one type of event."""

    def __init__(
        self, nodes: Sequence[Node], vocabulary: Vocabulary, kind: str, roots: Iterable[int]
    ) -> None:
        """Settle what the type settles of these roots."""
        self._nodes = nodes
        self._vocabulary = vocabulary
        self._kind = kind
        self._settled: dict[int, bool | None] = {}
        for index in sorted(fold.reachable(nodes, roots)):
            self._settled[index] = self._settle(nodes[index])

    def atoms(self, root: int) -> list[Atom]:
        """Return the comparisons that matter to a root, in order."""
        found: set[int] = set()
        pending = [root]
        while pending:
            index = pending.pop()
            if index in found or self._settled[index] is not None:
                continue
            found.add(index)
            match self._nodes[index]:
                case Both(parts=parts) | Either(parts=parts):
                    pending += parts
                case Negate(part=part):
                    pending.append(part)
                case Atom() | Truth():
                    pass
        nodes = (self._nodes[index] for index in sorted(found))
        return [node for node in nodes if isinstance(node, Atom)]

    def _settle(self, node: Node) -> bool | None:
        """Return what a node is; ``None`` if that isn't settled."""
        match node:
            case Truth(value=value):
                return value
            case Atom():
                known = self._vocabulary.meaning(node, self._kind)
                return known.holds if isinstance(known, Fixed) else None
            case Negate(part=part):
                settled = self._settled[part]
                return None if settled is None else not settled
            case Both(parts=parts):
                return self._joined(parts, neutral=True)
            case Either(parts=parts):
                return self._joined(parts, neutral=False)
            case _:
                assert_never(node)

    def _joined(self, parts: Iterable[int], *, neutral: bool) -> bool | None:
        """Join the parts of a gate to which one truth makes no difference."""
        settled = {self._settled[part] for part in parts}
        if (not neutral) in settled:
            return not neutral
        return None if None in settled else neutral
