"""
Judge an open, or an execution, by the tables that detect, from the probe's own maps.

In: tables by generation, descriptors of maps, a pid. Out: what surely holds of that process if it
opens a file for reading, or executes a program. Nobody is asked and nothing is opened. What the
probe doesn't know of a process, or not by these tables, is unknown, and so holds nothing surely.
"""

import itertools
import os
import struct
from collections.abc import Iterator

import msgspec

from shikra.app.guard.layout import Layout, Span
from shikra.backends.kernel.interpret import Facts, ImageBits, Name, judge
from shikra.enforce.guard.decide import Caller
from shikra.enforce.guard.maps import Map, Words
from shikra.enforce.guard.messages import Begin
from shikra.model.kernel_tables import (
    ContainerBits,
    ImageField,
    KernelTables,
    Relation,
    View,
)

OPEN = "openat"
"""Which call opened isn't told: all are taken for this one."""

EXECUTE = "execve"
"""Nor which call executes."""

_MAX_KNOWN = 8192
_CONTAINER_BITS = 256
_ANY_DESCRIPTOR = (1 << 31) - 1
_HAS = frozenset({"HAS_DESCRIPTOR", "HAS_FILE"})
_SPARED = ("PROCESS_RUNTIME", "PROCESS_INFERRED", "PROCESS_UNCLASSIFIED", "PROCESS_APART")
_EXE_IS_INIT = "PROCESS_EXE_IS_INIT"
_NOWHERE = ("PROCESS_UNCLASSIFIED", "PROCESS_APART")
_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")
_DECODER = msgspec.msgpack.Decoder(KernelTables)


class _Process(msgspec.Struct, frozen=True):
    """All that a judgement depends on beside the file."""

    generation: int
    related: tuple[ImageBits, ...]  # in the order of ``Relation``
    flags: frozenset[str]
    container: ContainerBits


class MapsJudge:
    """Reads maps; remembers what it made of them, as long as nothing changed."""

    def __init__(self, begin: Begin, descriptors: list[int]) -> None:
        """Take over the maps."""
        self._layout = msgspec.msgpack.decode(begin.layout, type=Layout)
        sizes = self._layout.sizes
        maps = dict(zip(begin.maps, descriptors, strict=True))
        self._words = Words(maps["active"], sizes["active"])
        self._processes = Map(maps["processes"], _U32.size, sizes["process_state"])
        self._told_processes = Map(maps["told_processes"], _U64.size, sizes["told_process"])
        self._containers = Map(maps["containers"], _U64.size, sizes["container_state"])
        self._told_containers = Map(maps["told_containers"], _U64.size, sizes["container_bits"])
        self._kept_bytes = max(span.end for span in self._layout.related["process_state"])
        self._unknown = ImageBits(unknown=frozenset(self._layout.fields))
        self._tables: dict[int, KernelTables] = {}
        self._callers: dict[tuple[bytes, bytes], Caller] = {}
        self._numbers: dict[_Process, int] = {}
        self._by_number: dict[int, _Process] = {}
        self._next = itertools.count()  # a number never means another process

    def use(self, generation: int, tables: bytes) -> None:
        """Know these tables as this generation's, and forget all but those before."""
        before = self._tables.get(generation - 1)
        self._tables = {} if before is None else {generation - 1: before}
        self._tables[generation] = _DECODER.decode(tables)
        self._forget()

    def caller(self, pid: int) -> Caller | None:
        """Return a process as the probe knows it."""
        state = self._processes.get(_U32.pack(pid))
        if state is None:
            return None
        words = self._words.read()
        key = (state[: self._kept_bytes], words)
        caller = self._callers.get(key)
        if caller is None:
            if len(self._callers) >= _MAX_KNOWN:
                self._forget()
            caller = self._callers[key] = self._caller(state, words)
        return caller

    def surely(self, caller: Caller, name: bytes, file_mode: int) -> frozenset[int]:
        """Return the conditions that surely hold if it opens a file of this name."""
        process = self._by_number.get(caller.known)
        tables = None if process is None else self._tables.get(process.generation)
        if process is None or tables is None:
            return frozenset()
        return judge(tables, _facts(process, name, file_mode)).surely

    def surely_executes(self, caller: Caller, path: bytes) -> frozenset[int]:
        """Return the conditions that surely hold if it becomes the program at this path."""
        process = self._by_number.get(caller.known)
        tables = None if process is None else self._tables.get(process.generation)
        if process is None or tables is None:
            return frozenset()
        return judge(tables, _facts_of_execution(tables, process, path)).surely

    def _caller(self, state: bytes, words: bytes) -> Caller:
        of = self._layout.members["process_state"]
        container = of["container"].number(state)
        generation = self._generation(words, container)
        flags = self._flags(state)
        process = _Process(
            generation,
            self._related(state, generation, flags),
            flags,
            self._told_bits(container, generation, flags),
        )
        number = self._numbers.get(process)
        if number is None:
            number = self._numbers[process] = next(self._next)
            self._by_number[number] = process
        return Caller(
            process=of["id"].number(state),
            container=container,
            generation=generation,
            is_spared=not container or not flags.isdisjoint(_SPARED),
            is_first="PROCESS_IS_FIRST" in flags,
            known=number,
        )

    def _generation(self, words: bytes, container: int) -> int:
        """Return which tables judge: those before, until what they ask of a container is told."""
        now = self._layout.members["active"]["generation"].number(words)
        told = self._told_containers.get(_U64.pack(container))
        by = self._layout.members["container_bits"]["generation"]
        then = now if told is None else by.number(told)
        return then if then in self._tables else now

    def _flags(self, state: bytes) -> frozenset[str]:
        """Return the flags; whether it runs the first process's executable is compared anew."""
        of = self._layout.members
        bits = of["process_state"]["flags"].number(state)
        flags = {name for name, bit in self._layout.flags.items() if bits & bit}
        key = _U64.pack(of["process_state"]["container"].number(state))
        first = self._containers.get(key)
        if first is not None:
            flags.discard(_EXE_IS_INIT)
            if all(
                of["process_state"][name].number(state) == of["container_state"][name].number(first)
                for name in ("exe_device", "exe_inode")
            ):
                flags.add(_EXE_IS_INIT)
        return frozenset(flags)

    def _related(
        self, state: bytes, generation: int, flags: frozenset[str]
    ) -> tuple[ImageBits, ...]:
        """Return the bits of images: its own, or those that were told if they aren't complete."""
        of, name = self._layout.members["process_state"], "process_state"
        data = state
        is_current = of["bits_generation"].number(state) == generation
        if not is_current or of["is_partial"].number(state):
            told = self._told_processes.get(_U64.pack(of["id"].number(state)))
            told_of = self._layout.members["told_process"]["generation"]
            if told is not None and told_of.number(told) == generation:
                data, name = told, "told_process"
            elif not is_current:
                return (self._unknown,) * len(Relation)
        found = [self._image(data, span) for span in self._layout.related[name]]
        if "PROCESS_APART" in flags:
            found[list(Relation).index(Relation.LINEAGE)] = self._unknown
        return tuple(found)

    def _image(self, data: bytes, span: Span) -> ImageBits:
        one = data[span.start : span.end]
        unknown = self._layout.unknown.number(one)
        return ImageBits(
            frozenset(_bits(self._layout.matched.number(one))),
            frozenset(field for field, bit in self._layout.fields.items() if unknown >> bit & 1),
        )

    def _told_bits(self, container: int, generation: int, flags: frozenset[str]) -> ContainerBits:
        of = self._layout.members["container_bits"]
        told = self._told_containers.get(_U64.pack(container))
        is_told = told is not None and of["generation"].number(told) == generation
        if told is None or not is_told or not flags.isdisjoint(_NOWHERE):
            return ContainerBits(0, (1 << _CONTAINER_BITS) - 1)
        return ContainerBits(of["matched"].number(told), of["unknown"].number(told))

    def _forget(self) -> None:
        self._callers.clear()
        self._numbers.clear()
        self._by_number.clear()


def _facts(process: _Process, name: bytes, file_mode: int) -> Facts:
    above, _, last = name.rpartition(b"/")
    texts = {View.PATH: name, View.DIRECTORY: above or b"/", View.FILENAME: last}
    return Facts(
        event_type=OPEN,
        related=dict(zip(Relation, process.related, strict=True)),
        process_flags=process.flags,
        container=process.container,
        members={
            "open_flags": os.O_RDONLY,
            "file_mode": file_mode,
            "result": _ANY_DESCRIPTOR,
            "descriptor": _ANY_DESCRIPTOR,
        },
        has=_HAS,
        flags=frozenset(),
        opened=Name(texts),
    )


def _facts_of_execution(tables: KernelTables, process: _Process, path: bytes) -> Facts:
    """Know of the program its path alone; its creators are those of who executes it."""
    paths = tables.images.get(ImageField.EXEPATH)
    program = ImageBits(
        matched=frozenset() if paths is None else paths.read(path).predicates,
        unknown=frozenset(ImageField) - ({ImageField.EXEPATH} if paths else set()),
    )
    related = dict(zip(Relation, process.related, strict=True))
    return Facts(
        event_type=EXECUTE,
        related={**related, Relation.SELF: program},
        process_flags=process.flags,
        container=process.container,
        members={},
        has=frozenset(),
        flags=frozenset(),
    )


def _bits(word: int) -> Iterator[int]:
    while word:
        lowest = word & -word
        yield lowest.bit_length() - 1
        word ^= lowest
