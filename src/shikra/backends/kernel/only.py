"""
Of tables, what decides some conditions of a few types of event.

In: tables, conditions. Out: smaller tables that say the same of those conditions. What is known of
images isn't in them, since who reads them has the bits; but for the path of a program that is
about to be executed.
"""

from collections.abc import Collection

import msgspec

from shikra.model.kernel_tables import EventClass, ImageField, KernelTables, Program


def only(
    tables: KernelTables, event_types: Collection[str], conditions: frozenset[int]
) -> KernelTables:
    """Leave out everything else."""
    paths = {
        field: automaton
        for field, automaton in tables.images.items()
        if field is ImageField.EXEPATH
    }
    return msgspec.structs.replace(
        tables,
        process=_of_program(tables.process, conditions),
        images=paths,
        classes=tuple(
            _of_class(one, conditions) for one in tables.classes if one.event_type in event_types
        ),
    )


def _of_class(one: EventClass, conditions: frozenset[int]) -> EventClass:
    return msgspec.structs.replace(
        one,
        conditions=one.conditions & conditions,
        numbers=_of_program(one.numbers, conditions),
        named=one.named & conditions,
        opened_only=one.opened_only & conditions,
        full=_of_program(one.full, conditions),
    )


def _of_program(program: Program, conditions: frozenset[int]) -> Program:
    requirements = tuple(each for each in program.requirements if each[1] in conditions)
    needed = {literal >> 1 for literal, _ in requirements}
    gates = []
    for gate in reversed(program.gates):
        if gate.node in needed:
            needed.update(literal >> 1 for literal in gate.parts)
            gates.append(gate)
    return Program(
        atoms=tuple(atom for atom in program.atoms if atom.node in needed),
        gates=tuple(reversed(gates)),
        requirements=requirements,
    )
