"""
What the guard must know of the probe's maps, handed over when it starts.

In: the types of the probe's object, in the main process. Out: where what lies in the values of its
maps, as plain numbers, so that the guard needs neither the object nor its types.
"""

import msgspec

from shikra.model.kernel_tables import ImageField, Relation
from shikra.sources.kernel import btf

MAPS = ("active", "containers", "processes", "told_containers", "told_processes")
"""The maps that are handed over, in this order."""

_STRUCTS = ("active", "container_bits", "container_state", "process_state", "told_process")


class Span(msgspec.Struct, frozen=True):
    """Where bytes lie."""

    start: int
    end: int

    def number(self, data: bytes) -> int:
        """Read them as a number, or as a set of bits."""
        return int.from_bytes(data[self.start : self.end], "little")


class Layout(msgspec.Struct, frozen=True):
    """Of the values of all those maps."""

    sizes: dict[str, int]  # by struct
    members: dict[str, dict[str, Span]]
    related: dict[str, tuple[Span, ...]]  # by struct: of each relation, in their order
    matched: Span  # of a relation
    unknown: Span
    fields: dict[ImageField, int]  # which bit of "unknown"
    flags: dict[str, int]  # of a process


def layout(types: btf.Btf) -> Layout:
    """Look everything up; what is missing is a ``LayoutError``."""
    of_related = types.leaves("related")
    fields = types.enum("image_field")
    return Layout(
        sizes={name: types.size(name) for name in _STRUCTS},
        members={
            name: {
                member: Span(leaf.offset, leaf.offset + leaf.size)
                for member, leaf in types.leaves(name).items()
            }
            for name in _STRUCTS
        },
        related={name: _related(types, name) for name in ("process_state", "told_process")},
        matched=_span(of_related["matched"]),
        unknown=_span(of_related["unknown"]),
        fields={field: fields[f"IMAGE_{field.name}"] for field in ImageField},
        flags=dict(types.enum("process_flag")),
    )


def _span(leaf: btf.Leaf) -> Span:
    return Span(leaf.offset, leaf.offset + leaf.size)


def _related(types: btf.Btf, name: str) -> tuple[Span, ...]:
    array = types.array(name, "related")
    numbers = types.enum("relation")
    starts = [array.offset + numbers[f"RELATION_{each.name}"] * array.size for each in Relation]
    return tuple(Span(start, start + array.size) for start in starts)
