"""
Lay out the tables of a rule set as the probe reads them.

In: ``model.KernelTables`` and the object's own types. Out: the bytes of one slot. What is written
symbolically there (members of a record, flags, event types) gets the numbers that the object and
the machine have for it; a name that the object doesn't know is a ``LayoutError``. Tables that
exceed a bound are a ``TooLargeError``: whoever makes tables keeps within the bounds.
"""

import struct
from collections.abc import Iterable, Sequence

from shikra.model import kernel_tables as model
from shikra.sources.kernel import atoms, automata, btf, layout, pools, syscalls

_TABLES = {syscalls.Table.NATIVE: "TABLE_64", syscalls.Table.COMPAT: "TABLE_32"}
_WORD_BITS = 64
_CAPABILITIES = ("cap_inheritable", "cap_permitted", "cap_effective")
_PAIR = struct.Struct("<HH")  # a literal, and in the high half what it is for


def pack(types: btf.Btf, tables: model.KernelTables) -> bytes:
    """Return the bytes of a slot."""
    slot = _Slot(types)
    slot.fill(tables)
    return bytes(slot.data)


class _Slot:
    """One slot while it is filled."""

    def __init__(self, types: btf.Btf) -> None:
        self.data = bytearray(types.size("tables"))
        self._types = types
        self._atoms = atoms.Atoms(types)
        self._automata = automata.Automata(types)
        names = ("atoms", "tokens", "requirements")
        self._pools = {name: pools.Pool(types, name) for name in names}
        self._write = layout.writer(types, "tables")
        self._write_class = layout.writer(types, "event_class")
        self._of_caller = {*layout.leaves(types, "ids"), *_CAPABILITIES}
        self._last_node = types.enum("fixed_node")["NODE_TRUE"] - 1
        self._true = 2 * types.enum("fixed_node")["NODE_TRUE"]

    def fill(self, tables: model.KernelTables) -> None:
        wanted = frozenset[int]().union(*(each.conditions for each in tables.classes))
        self._write(
            self.data,
            0,
            {
                "classes_count": len(tables.classes) + 1,
                "condition_words": max(wanted, default=-1) // _WORD_BITS + 1,
                "conditions": self._bits("tables", "conditions", wanted),
                "keeps_peers": tables.keeps_peers,
                "urgent": self._bits("tables", "urgent", tables.urgent),
                "limited": self._bits("tables", "limited", tables.limited),
                **self._program("process", tables.process),
            },
        )
        self._number_calls(tables.classes)
        for number, each in enumerate(tables.classes, 1):
            self._put_class(number, each)
        for field, automaton in tables.images.items():
            number = self._types.enum("image_field")[f"IMAGE_{field.name}"]
            self._put("automata", number, self._automata.add(automaton))
        first = self._types.enum("automaton_place")["FIRST_VIEW"]
        for view, automaton in tables.views.items():
            number = first + self._types.enum("view")[f"VIEW_{view.name}"]
            asked = _asked(view, tables.classes)
            packed = self._automata.add(automaton, asked=asked)
            self._put("automata", number, packed)
        self._atoms.write(self.data)
        self._automata.write(self.data)
        for pool in self._pools.values():
            pool.write(self.data)

    def _number_calls(self, classes: Sequence[model.EventClass]) -> None:
        where = self._types.array("tables", "class_of")
        of_sensor = self._types.enum("class_mark")["CLASS_SENSOR"]
        for table, name in _TABLES.items():
            at = where.offset + self._types.enum("call_table")[name] * (where.count // len(_TABLES))
            for number, each in enumerate(classes, 1):
                for call in syscalls.numbers(table, [each.event_type]):
                    self.data[at + call] = number
            for call in syscalls.of_sensor(table):
                self.data[at + call] |= of_sensor

    def _put_class(self, number: int, each: model.EventClass) -> None:
        where = self._types.array("tables", "classes")
        if number >= where.count:
            raise pools.TooLargeError(f"class {number}, where {where.count - 1} is the last")
        views = 0
        for atom in each.full.atoms:
            if isinstance(atom.test, model.OfName):
                views |= 1 << self._types.enum("view")[f"VIEW_{atom.test.view.name}"]
        self._write_class(
            self.data,
            where.offset + number * where.size,
            {
                "conditions": self._bits("event_class", "conditions", each.conditions),
                "named": self._bits("event_class", "named", each.named),
                "opened_only": self._bits("event_class", "opened_only", each.opened_only),
                "views": views,
                "asks": self._asks(each.numbers),
                **self._program("numbers", each.numbers),
                **self._program("full", each.full),
            },
        )

    def _asks(self, program: model.Program) -> int:
        """Return what a program on numbers asks for that else is found out later."""
        bits = self._types.enum("class_ask")
        asks = 0
        for atom in program.atoms:
            match atom.test:
                case model.OfImage() | model.OfFlags() | model.OfContainer():
                    asks |= bits["ASKS_PROCESS"]
                case model.OfNumber(member=member) if member in self._of_caller:
                    asks |= bits["ASKS_CALLER"]
                case _:
                    pass
        return asks

    def _program(self, name: str, program: model.Program) -> dict[str, int | bytes]:
        """Return the members of the program of this name."""
        nodes = [atom.node for atom in program.atoms] + [gate.node for gate in program.gates]
        for node in nodes:
            if not 0 < node <= self._last_node:
                raise pools.TooLargeError(f"node {node}, where {self._last_node} is the last")
        parts = {
            "atom": [self._atoms.pack(each) for each in program.atoms],
            "token": [token for each in program.gates for token in self._tokens(each)],
            "requirement": [_PAIR.pack(*each) for each in program.requirements],
        }
        members: dict[str, int | bytes] = {}
        for part, elements in parts.items():
            members[f"{name}_first_{part}"] = self._pools[f"{part}s"].add(b"".join(elements))
            members[f"{name}_{part}s"] = len(elements)
        return members

    def _tokens(self, gate: model.Gate) -> Iterable[bytes]:
        """Return a gate: a token a literal, the last of which says where the value goes."""
        parts = gate.parts or (self._true,)
        last = len(parts) - 1
        for index, literal in enumerate(parts):
            yield _PAIR.pack(literal, gate.node if index == last else 0)

    def _bits(self, struct_name: str, member: str, numbers: Iterable[int]) -> bytes:
        where = self._types.array(struct_name, member)
        bits = bytearray(where.count * where.size)
        for number in numbers:
            if number >= 8 * len(bits):
                raise pools.TooLargeError(f"condition {number}, where {8 * len(bits) - 1} is last")
            bits[number // 8] |= 1 << number % 8
        return bytes(bits)

    def _put(self, member: str, number: int, data: bytes) -> None:
        where = self._types.array("tables", member)
        at = where.offset + number * where.size
        self.data[at : at + where.size] = data


def _asked(view: model.View, classes: Iterable[model.EventClass]) -> int:
    """Return how many predicates of a view are asked for."""
    tests = (atom.test for each in classes for atom in each.full.atoms)
    bits = (test.bit + 1 for test in tests if isinstance(test, model.OfName) and test.view is view)
    return max(bits, default=0)
