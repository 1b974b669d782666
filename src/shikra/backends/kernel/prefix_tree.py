"""
Patterns that begin alike, as one tree.

In: patterns, each of some predicate. Out: nodes, of which several are alive at once while a text
is read. A node is entered by one byte or, if it repeats, along with its parent.
"""

from collections.abc import Iterator, Mapping

from shikra.backends.kernel.patterns import ANY, Bytes, Patterns, Step


class Node:
    """What has been read of the patterns that begin like this."""

    __slots__ = ("after", "along", "depth", "ending", "parent", "passing", "repeats", "tails")

    def __init__(self, parent: "Node | None", repeats: Bytes) -> None:
        """Hang it below its parent."""
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.repeats = repeats  # bytes at which it stays alive
        self.after: dict[Bytes, Node] = {}  # by one byte of a set
        self.along: dict[Bytes, Node] = {}  # at once; by the bytes that they repeat
        self.passing: set[int] = set()  # predicates that hold once it is reached
        self.ending: set[int] = set()  # predicates that hold if the text ends here
        self.tails = 0  # patterns that end here or below

    def children(self) -> Iterator["Node"]:
        """Return those right below."""
        yield from self.after.values()
        yield from self.along.values()

    @property
    def is_star(self) -> bool:
        """Whether it stays alive whatever comes."""
        return self.repeats == ANY

    def child(self, step: Step) -> "Node":
        """Return the node that a step leads to."""
        known = self.along if step.repeats else self.after
        found = known.get(step.bytes)
        if found is None:
            found = known[step.bytes] = Node(self, step.bytes if step.repeats else 0)
        return found


def tree(predicates: Mapping[int, Patterns]) -> list[Node]:
    """
    Return the nodes: those that stay alive first, then the others, each after its parent.

    In that order a node's bytes lead to what most other nodes know already.
    """
    root = Node(None, 0)
    for predicate, patterns in predicates.items():
        for pattern in patterns:
            node = root
            for step in pattern.steps:
                node = node.child(step)
            (node.passing if pattern.is_prefix else node.ending).add(predicate)
    nodes = [root]
    for node in nodes:
        nodes += node.children()
    for node in reversed(nodes):
        node.tails += len(node.passing) + len(node.ending)
        if node.parent is not None:
            node.parent.tails += node.tails
    return sorted(nodes, key=lambda node: (not node.is_star, node.depth))


def needless(star: Node) -> Iterator[Node]:
    """Yield the nodes above that all lead here: what they can still reach, this one can too."""
    node = star.parent
    while node is not None and node.tails == star.tails:
        yield node
        node = node.parent
