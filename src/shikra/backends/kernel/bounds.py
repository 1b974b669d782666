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
    """Whether there is room for all programs and outputs."""
    programs = [
        tables.process,
        *(program for one in tables.classes for program in (one.numbers, one.full)),
    ]
    tests = [atom.test for program in programs for atom in program.atoms]
    outputs = [len(one.outputs) for one in (*tables.images.values(), *tables.views.values())]
    numbers = sum(len(test.values) for test in tests if isinstance(test, OfNumber))
    networks = sum(len(test.networks) for test in tests if isinstance(test, OfNetwork))
    nodes = max(len(program.atoms) + len(program.gates) for program in programs)
    tokens = sum(len(gate.parts) for program in programs for gate in program.gates)
    return (
        len(tests) <= ATOMS
        and tokens <= TOKENS
        and sum(len(program.requirements) for program in programs) <= REQUIREMENTS
        and nodes <= NODES
        and numbers <= NUMBERS
        and networks <= NETWORKS
        and sum(outputs) <= OUTPUTS
    )
