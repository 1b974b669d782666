"""
Tell the kernel what rules ask of each container, once instead of at every event.

In: comparisons on containers alone, and containers as they become known. Out: a bit a comparison,
told where it changed. While a container's metadata isn't known, what reads it is unknown, not
false, and so are all bits of a container that nothing was told of. Of a container that no runtime
has, all is known: there is no metadata.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from shikra.backends.live.predicate import Predicate, predicate
from shikra.model.container import Container, Knowledge
from shikra.model.event import Event, Readers
from shikra.model.fields import CATALOGUE
from shikra.model.kernel_tables import ContainerBits
from shikra.rules import check, ir

NOT_KNOWN = frozenset({Knowledge.PENDING, Knowledge.UNKNOWN})


class Sink(Protocol):
    """Who is told."""

    def tell_container(self, key: int, bits: ContainerBits) -> None:
        """Take the bits of one container for the tables loaded last."""
        ...

    def forget_container(self, key: int) -> None:
        """Take a container's bits for unknown again."""
        ...


class Lookup(Protocol):
    """Where containers are found."""

    def get(self, key: int) -> Container:
        """Return what is known now."""
        ...

    def knows(self, key: int) -> bool:
        """Whether there is such a container, as far as anybody knows."""
        ...

    def keys(self) -> Iterable[int]:
        """Return the keys of all containers that run, the host's among them."""
        ...


class Comparison(msgspec.Struct, frozen=True):
    """One comparison as a function; ``None`` if it can't be made, which its rule is told for."""

    holds: Predicate | None
    needs_metadata: bool


class ContainerTeller:
    """Keeps the kernel's bits of containers right."""

    def __init__(self, sink: Sink, containers: Lookup, readers: Readers) -> None:
        """Tell nothing yet."""
        self._sink = sink
        self._containers = containers
        self._readers = readers
        self._comparisons: tuple[Comparison, ...] | None = None  # no tables yet
        self._told: dict[int, ContainerBits] = {}

    def use(self, atoms: Sequence[ir.Atom]) -> None:
        """Tell of every container what these say, for tables that were just loaded."""
        self._comparisons = tuple(map(_comparison, atoms))
        self._told.clear()
        for key in self._containers.keys():  # noqa: SIM118  not a dictionary's
            self.changed(key)

    def changed(self, key: int) -> None:
        """Tell of a container that started, or of which more is known."""
        if self._comparisons is None or not self._containers.knows(key):
            return
        bits = _bits(self._comparisons, self._containers.get(key), self._readers)
        if self._told.get(key) != bits:
            self._told[key] = bits
            self._sink.tell_container(key, bits)

    def ended(self, key: int) -> None:
        """Forget a container."""
        if self._told.pop(key, None) is not None:
            self._sink.forget_container(key)


def _comparison(atom: ir.Atom) -> Comparison:
    sides = (atom.left,) if isinstance(atom.right, tuple) else (atom.left, atom.right)
    fields = {name for side in sides for name in check.fields_of(side)}
    try:
        holds = predicate(atom)
    except Exception:  # noqa: BLE001  the fence: as where rules are compiled, which tells of it
        holds = None
    return Comparison(holds, any(CATALOGUE[name].is_metadata for name in fields))


def _bits(
    comparisons: Sequence[Comparison], container: Container, readers: Readers
) -> ContainerBits:
    event = Event("syscall", "", 0, readers)
    event.container = container
    is_known = container.is_nobodys or container.knowledge not in NOT_KNOWN
    matched = unknown = 0
    for bit, comparison in enumerate(comparisons):
        if comparison.holds is None or (comparison.needs_metadata and not is_known):
            unknown |= 1 << bit
        elif comparison.holds(event.fields):
            matched |= 1 << bit
    return ContainerBits(matched, unknown)
