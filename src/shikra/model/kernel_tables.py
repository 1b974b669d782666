"""
What rules become for the kernel: tables, made by ``backends.kernel``, loaded by ``sources.kernel``.

Everything is symbolic where the probe decides the layout: members of its record, its flags and its
views go by their names, and the loader looks their numbers up in the object's own types.

A *condition* is what some rules require of some event types, folded; the kernel decides
conditions, and a record names those that may hold and those that surely do. A *node* is the place
of one value. A value is two bits: it may hold (1), it surely holds (2). A literal is
``node * 2 + is_negated``. Node 0 is what nobody knows: it always has the value 1, as has its
negation, and a gate may name it as any other. Bounds stand with the probe's structs
(``bpf/rules/tables.h``).
"""

import enum

import msgspec

Literal = int


class Relation(enum.IntEnum):
    """Whose image a predicate is about. Creators past a runtime's helpers, as live counts them."""

    SELF = 0
    PARENT = 1
    GRANDPARENT = 2
    THIRD = 3
    ANY = 4  # any creator, the process itself left out
    LINEAGE = 5  # any creator up to the container's start


class ImageField(enum.IntEnum):
    """A text that an exec fixes."""

    NAME = 0  # comm at exec
    EXEPATH = 1
    EXE = 2  # argv[0]
    ARGS = 3  # the others, with a NUL between two
    CMDLINE = 4  # name, then the others, likewise


class View(enum.IntEnum):
    """A text of an event. Those of paths are looked at for the name as opened and the real one."""

    PATH = 0
    DIRECTORY = 1  # the path without its last part
    FILENAME = 2  # the last part
    TARGET = 3  # the second path of a rename or a link


class Compare(enum.IntEnum):
    """What is asked of a number. ``mask`` is applied first, but to an order."""

    EQ = 0
    NE = 1
    LT = 2
    LE = 3
    GT = 4
    GE = 5
    IN = 6  # is one of the list
    ANY_BITS = 7  # shares a bit with the mask
    EXISTS = 8


class OfImage(msgspec.Struct, frozen=True, tag=True):
    """A predicate of an image holds for a process or for its creators."""

    relation: Relation
    field: ImageField
    bit: int
    is_exact: bool = True  # False: the predicate is weaker than what the rule says


class OfFlags(msgspec.Struct, frozen=True, tag=True):
    """A process flag of the probe is set (``PROCESS_ENTERED``)."""

    flag: str


class OfContainer(msgspec.Struct, frozen=True, tag=True):
    """A bit that user space computed for the container; unknown until it is told."""

    bit: int


class OfNumber(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A member of the call's record compares with constants."""

    member: str  # as ``records.CallRecord`` spells it: ``remote_port``, ``result``
    compare: Compare
    values: tuple[int, ...] = ()
    mask: int = 0xFFFFFFFFFFFFFFFF
    is_signed: bool = False
    needs: tuple[str, ...] = ()  # ``enum call_fact``: without all of them there is no value: false
    unknown: tuple[str, ...] = ()  # ``enum call_flag``: with any of them the value isn't known


class OfNetwork(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An address of the record is in one of these networks."""

    member: str  # ``remote_address`` or ``local_address``
    networks: tuple[tuple[bytes, int], ...]  # 16 bytes, IPv4 as mapped, and leading bits
    needs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class OfName(msgspec.Struct, frozen=True, tag=True):
    """A predicate of a text of the event holds; false where the event has no such text."""

    view: View
    bit: int
    is_exact: bool = True


class ContainerBits(msgspec.Struct, frozen=True):
    """What user space computed for one container, as the bits that ``OfContainer`` names."""

    matched: int
    unknown: int = 0  # its metadata isn't known yet; such a bit counts as unknown, matched or not


Test = OfImage | OfFlags | OfContainer | OfNumber | OfNetwork | OfName


class Atom(msgspec.Struct, frozen=True):
    """A test, and where its value goes."""

    node: int
    test: Test


class Gate(msgspec.Struct, frozen=True):
    """And of literals, and where its value goes."""

    node: int
    parts: tuple[Literal, ...]


class Program(msgspec.Struct, frozen=True):
    """Atoms, then gates in order, then which conditions each literal is required by."""

    atoms: tuple[Atom, ...] = ()
    gates: tuple[Gate, ...] = ()
    requirements: tuple[tuple[Literal, int], ...] = ()


class Output(msgspec.Struct, frozen=True):
    """What is known when an automaton is in a state: predicates, and conditions kept by them."""

    predicates: frozenset[int]
    conditions: frozenset[int] = frozenset()


class Automaton(msgspec.Struct, frozen=True):
    """
    One pass over a text decides all predicates on it.

    State 0 is dead: nothing more can hold. State 1 is the start. ``rows`` has, for each state, the
    next state by class of byte. ``passing`` and ``ending`` are indices of ``outputs`` by state: of
    what holds once the state is reached (the start is, before the first byte), and if the text
    ends there. Output 0 is nothing.
    """

    byte_classes: bytes  # 256
    rows: tuple[tuple[int, ...], ...]
    passing: tuple[int, ...]
    ending: tuple[int, ...]
    outputs: tuple[Output, ...]

    def read(self, text: bytes) -> Output:
        """Return what is known of a text: all that was output on the way, and at its end."""
        state = 1
        found = {self.passing[state]}
        for byte in text:
            state = self.rows[state][self.byte_classes[byte]]
            found.add(self.passing[state])
            if not state:
                break
        found.add(self.ending[state])
        outputs = [self.outputs[index] for index in found]
        return Output(
            frozenset[int]().union(*(output.predicates for output in outputs)),
            frozenset[int]().union(*(output.conditions for output in outputs)),
        )


class EventClass(msgspec.Struct, frozen=True, kw_only=True):
    """What is evaluated for one type of event."""

    event_type: str
    conditions: frozenset[int]
    numbers: Program  # requirements on numbers alone: before any path is walked
    named: frozenset[int]  # conditions that hold only if a predicate of a name that keeps them does
    opened_only: frozenset[int]  # conditions that aren't evaluated again with the real path
    full: Program  # requirements: the root of each condition


class KernelTables(msgspec.Struct, frozen=True, kw_only=True):
    """All tables of one rule set."""

    rules: tuple[frozenset[int], ...]  # by condition: indices of rules that it may be the reason of
    urgent: frozenset[int]  # conditions of rules that use the reserved ring
    limited: frozenset[int] = frozenset()  # conditions whose rules all fire where they surely hold
    kill: frozenset[int] = frozenset()  # conditions of which some rule asks for it
    deny: frozenset[int] = frozenset()
    includes_init: frozenset[int] = frozenset()  # of those: a container's first process, too
    asks_lineage: frozenset[int] = frozenset()  # of those: who created a process, how it came there
    keeps_peers: bool = True  # some rule reads whether a socket's peer changed
    process: Program  # requirements on the container and the process alone
    images: dict[ImageField, Automaton]
    views: dict[View, Automaton]
    classes: tuple[EventClass, ...]  # by number of the class, from 1


class Packed(msgspec.Struct, frozen=True):
    """Tables, and the same as the probe reads them."""

    tables: KernelTables
    data: bytes
