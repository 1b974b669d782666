"""
What a field is: the row type of the catalogue.

The catalogue is the single place where a field is declared. Rules are checked against it,
"did you mean" searches it, and the reference page is printed from it. How a source reads a
field stands with that source, in its table of readers; a test holds the two together.
"""

import enum
from collections.abc import Mapping

import msgspec

from shikra.model.value import FieldType


class Stage(enum.Enum):
    """When a field's value is known (in the order of the flow)."""

    CONTAINER = "container"
    PROCESS = "process"
    EVENT = "event"


class Argument(enum.Enum):
    """Whether a field takes ``[argument]``."""

    NONE = "none"
    ALLOWED = "allowed"
    REQUIRED = "required"


class Filled(enum.Enum):
    """Who fills a field today. A rule on a field that nobody fills can't silently not fire."""

    KERNEL = "kernel"
    ENRICHMENT = "enrichment"
    AUDIT = "audit"
    NOT_YET = "not yet"


class Notation(enum.Enum):
    """How a number is printed."""

    DECIMAL = "decimal"
    PADDED = "padded"  # nine digits: a fraction of a second
    HEXADECIMAL = "hexadecimal"


class Sort(msgspec.Struct, frozen=True):
    """A type, and of a number how many bits it has."""

    type: FieldType
    width: int = 64


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """
    One field of the rule language.

    ``is_list`` and ``any_of`` both hold a tuple, and mean different things. A list takes only
    ``in`` (every element is in the set), ``intersects`` and ``exists``, and prints as
    ``(a,b)``. ``any_of`` is a field that stands for one of several values: every operator of
    its type is allowed and holds if it holds for any of them. These are the fields on all
    creators (``proc.aname``; only without an argument, with one they are plain and hold a
    single value), which print joined by blanks, and those on both ends of a connection
    (``fd.ip``, ``fd.net``, ``fd.port``, ``fd.proto``), where ``!=`` wants both to differ.
    """

    name: str
    type: FieldType
    stage: Stage
    source: str  # "syscall", "k8s_audit"; "" for every source
    filled: Filled
    description: str
    lacking: str = ""  # why nobody fills it; empty where somebody does
    argument: Argument = Argument.NONE
    argument_is_index: bool = False  # the argument must be a number
    argument_may_follow_dot: bool = False  # ``evt.arg.flags`` is ``evt.arg[flags]``
    is_list: bool = False
    any_of: bool = False  # several values, compared one by one: see above
    is_metadata: bool = False  # needs a container runtime's answer: may come late
    is_path: bool = False  # depends on the file's name: read again with the real path
    may_be_constant: bool = True  # False: not on the right side of a comparison
    may_be_transformed: bool = True
    may_be_printed: bool = True
    is_deprecated: bool = False
    is_suggested: bool = False  # appended to outputs by default
    is_confidential: bool = False  # may hold passwords: written only where a rule prints it
    width: int = 64  # bits of a number: a rule's -1 is the greatest that has so many
    notation: Notation = Notation.DECIMAL
    sorts: Mapping[str, Sort] = {}  # by argument, where the type depends on it; else empty

    def __hash__(self) -> int:
        """Tell fields apart by their names, which are theirs alone."""
        return hash(self.name)


Catalogue = Mapping[str, Field]
"""Fields by name, without argument."""


class Reference(msgspec.Struct, frozen=True):
    """A field with its argument, as a rule or an event names it."""

    field: Field
    argument: str | None

    @property
    def name(self) -> str:
        """The one spelling under which ``event.Fields`` keeps the value: with brackets."""
        return self.field.name if self.argument is None else f"{self.field.name}[{self.argument}]"

    @property
    def sort(self) -> Sort:
        """Of which type the value is."""
        own = Sort(self.field.type, self.field.width)
        return own if self.argument is None else self.field.sorts.get(self.argument, own)

    @property
    def any_of(self) -> bool:
        """Whether it stands for any of several values."""
        return self.field.any_of and self.argument is None


def locate(catalogue: Catalogue, text: str) -> Reference | None:
    """
    Find ``proc.name``, ``proc.aname[2]`` or ``evt.arg.flags``; ``None`` if there is no such field.

    Whether the field wants an argument is left to the caller.
    """
    base, bracket, rest = text.partition("[")
    if found := catalogue.get(base):
        return Reference(found, rest.removesuffix("]") if bracket else None)
    family, dot, argument = text.rpartition(".")
    found = catalogue.get(family)
    if dot and not bracket and found and found.argument_may_follow_dot:
        return Reference(found, argument)
    return None
