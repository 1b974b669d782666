"""
Tell the probe what rules ask of images, where it can't know it itself.

In: tables, and processes as user space knows them. Out: the bits of a process and of its creators,
by its record, for one generation of tables. The probe finds out the bits of what is executed under
the tables in force, and hands them on; those of processes that are older it can't: the texts that
they were executed with stand here.
"""

import struct
from collections.abc import Iterable

import msgspec

from shikra.model import kernel_tables as model
from shikra.model import process
from shikra.sources.kernel import layout, probe

_U64 = struct.Struct("<Q")


class _Bits(msgspec.Struct, frozen=True, gc=False):
    """What is known of an image, or of several of which any may do."""

    matched: int = 0  # bit a predicate
    unknown: int = 0  # bit a field, by the probe's numbers


_NONE = _Bits()
_NOBODY_KNOWS = _Bits(unknown=0xFFFFFFFF)


class ImageTeller:
    """Tells of processes; one that ended is forgotten."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Know no tables yet."""
        types = loaded.types
        self._map = loaded.map("told_processes")
        self._where = types.array("told_process", "related")
        self._write = layout.writer(types, "told_process")
        self._pack = layout.packer(types, "related")
        self._matched_bytes = types.leaves("related")["matched"].size
        numbers = types.enum("image_field")
        self._fields = {field: numbers[f"IMAGE_{field.name}"] for field in model.ImageField}
        numbers = types.enum("relation")
        self._relations = {each: numbers[f"RELATION_{each.name}"] for each in model.Relation}
        self._automata: tuple[tuple[model.ImageField, model.Automaton], ...] = ()
        self._read: dict[tuple[model.ImageField, bytes], int] = {}
        self._generation = 0
        self._told: set[int] = set()

    def use(
        self, tables: model.KernelTables, generation: int, living: Iterable[process.Process]
    ) -> None:
        """Tell of every process what tables ask that are about to be in force."""
        self._automata = tuple(tables.images.items())
        self._read.clear()
        self._generation = generation
        self.again(living)

    def again(self, living: Iterable[process.Process]) -> None:
        """Tell of every process: of some of them more is known now."""
        before, self._told = self._told, set()
        for each in living:
            self.tell(each)
        for record in before - self._told:
            self._map.delete(_U64.pack(record))

    def tell(self, of: process.Process) -> None:
        """Tell of one process."""
        value = bytearray(self._map.value_size)
        self._write(value, 0, {"generation": self._generation, "depth": of.depth})
        for relation, bits in self._related(of).items():
            at = self._where.offset + self._relations[relation] * self._where.size
            matched = bits.matched.to_bytes(self._matched_bytes, "little")
            packed = self._pack({"matched": matched, "unknown": bits.unknown})
            value[at : at + self._where.size] = packed
        self._map.set(_U64.pack(of.id), bytes(value))
        self._told.add(of.id)

    def forget(self, record: int) -> None:
        """Forget a process that has ended, or has another image."""
        if record in self._told:
            self._told.remove(record)
            self._map.delete(_U64.pack(record))

    def _related(self, of: process.Process) -> dict[model.Relation, _Bits]:
        creators = [self._image(each) for each in of.ancestors()]
        lineage = creators[: sum(1 for _ in of.lineage())]
        nearest = dict(enumerate(creators))
        last = _first_of(of)
        beyond = _NOBODY_KNOWS if last.is_creator_unknown else _NONE
        is_whole = last.container != of.container or last.is_first
        return {
            model.Relation.SELF: self._image(of),
            model.Relation.PARENT: nearest.get(0, beyond),
            model.Relation.GRANDPARENT: nearest.get(1, beyond),
            model.Relation.THIRD: nearest.get(2, beyond),
            model.Relation.ANY: _together((*creators, beyond)),
            model.Relation.LINEAGE: _together((*lineage, _NONE if is_whole else beyond)),
        }

    def _image(self, of: process.Process) -> _Bits:
        matched = unknown = 0
        for field, automaton in self._automata:
            text = _text(of, field)
            if text is None:
                unknown |= 1 << self._fields[field]
            else:
                matched |= self._predicates(field, automaton, text)
        return _Bits(matched, unknown)

    def _predicates(self, field: model.ImageField, automaton: model.Automaton, text: bytes) -> int:
        """Return the predicates that hold of a text; many processes have the same."""
        found = self._read.get((field, text))
        if found is None:
            found = sum(1 << bit for bit in automaton.read(text).predicates)
            self._read[field, text] = found
        return found


def _first_of(of: process.Process) -> process.Process:
    """Return the oldest creator that is known of a process, or itself."""
    return (of, *of.creators())[-1]


def _together(images: Iterable[_Bits]) -> _Bits:
    matched = unknown = 0
    for each in images:
        matched |= each.matched
        unknown |= each.unknown
    return _Bits(matched, unknown)


def _text(of: process.Process, field: model.ImageField) -> bytes | None:
    """Return a text of an image; ``None`` where a part of it is missing."""
    if of.is_reread and field is not model.ImageField.NAME:
        return None
    match field:
        case model.ImageField.NAME:
            return of.name
        case model.ImageField.EXEPATH:
            return None if of.is_exepath_cut else of.exepath
        case model.ImageField.EXE:
            return of.exe
        case model.ImageField.ARGS:
            return None if of.is_cut else b"\0".join(of.arguments[1:])
        case model.ImageField.CMDLINE:
            return None if of.is_cut else b"\0".join((of.name, *of.arguments[1:]))
