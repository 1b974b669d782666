"""
How much the tables hold: what ``bpf/rules/tables.h`` says.

What exceeds a bound is left unknown to the kernel, and user space decides it.
"""

from shikra.backends.kernel.automaton import Bound
from shikra.model.kernel_tables import ImageField, KernelTables, OfNetwork, OfNumber, View

RULES = 512
"""Rules that the kernel evaluates; those after them, user space does alone."""

CLASSES = 127
CONDITIONS = 1024
NAME_BITS = 1024  # of each view
IMAGE_BITS = 512
CONTAINER_BITS = 256
NODES = 8190  # two have values of their own
ATOMS = 4096
TOKENS = 1 << 15
REQUIREMENTS = 1 << 14
NUMBERS = 4096
NETWORKS = 1024
OUTPUTS = 2048


_KIBI = 1 << 10
_STATES_OF = 1 << 4
"""Transitions that there are for each state, about: the kinds of bytes that are told apart."""


def _share(transitions: int) -> Bound:
    return Bound(transitions * _KIBI, transitions * _KIBI // _STATES_OF)


OF_VIEWS = {
    View.PATH: _share(384),
    View.DIRECTORY: _share(96),
    View.FILENAME: _share(64),
    View.TARGET: _share(64),
}
OF_IMAGES = {
    ImageField.NAME: _share(160),
    ImageField.EXEPATH: _share(64),
    ImageField.EXE: _share(32),
    ImageField.ARGS: _share(64),
    ImageField.CMDLINE: _share(96),
}
"""In all 2^20 transitions and 2^16 states."""


def fits(tables: KernelTables) -> bool:
    """Whether there is room for all programs and outputs; what is equal is kept once."""
    classes = (program for one in tables.classes for program in (one.numbers, one.full))
    programs = [tables.process, *classes]
    atoms = {program.atoms for program in programs}
    tests = {atom.test for each in atoms for atom in each}
    numbers = {test.values for test in tests if isinstance(test, OfNumber)}
    networks = {test.networks for test in tests if isinstance(test, OfNetwork)}
    gates = {program.gates for program in programs}
    requirements = {program.requirements for program in programs}
    outputs = [len(one.outputs) for one in (*tables.images.values(), *tables.views.values())]
    return (
        sum(map(len, atoms)) <= ATOMS
        and sum(len(gate.parts) for each in gates for gate in each) <= TOKENS
        and sum(map(len, requirements)) <= REQUIREMENTS
        and max(len(program.atoms) + len(program.gates) for program in programs) <= NODES
        and sum(map(len, numbers)) <= NUMBERS
        and sum(map(len, networks)) <= NETWORKS
        and sum(outputs) <= OUTPUTS
    )
