"""
What rules become: one circuit of shared gates over atoms, and a row a rule.

An atom is one comparison. Gates name their parts by index; a part's index is smaller than its
gate's, and equal nodes are one node, so a macro used by forty rules is evaluated once. The
circuit is linear in the size of the rule set. Backends read this and nothing else of a rule.
"""

import enum

import msgspec

from shikra.model.rule import RuleInfo
from shikra.model.value import FieldType, Value


class Op(enum.Enum):
    """Comparison operators; the value is how a rule writes it."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    CONTAINS = "contains"
    ICONTAINS = "icontains"
    BCONTAINS = "bcontains"
    STARTSWITH = "startswith"
    BSTARTSWITH = "bstartswith"
    ENDSWITH = "endswith"
    GLOB = "glob"
    IGLOB = "iglob"
    REGEX = "regex"
    IN = "in"
    INTERSECTS = "intersects"
    PMATCH = "pmatch"
    EXISTS = "exists"


class Quantifier(enum.Enum):
    """How many elements of the right side must satisfy a string operator."""

    ONE = "oneof"
    ANY = "anyof"
    ALL = "allof"


class Transformer(enum.Enum):
    """Functions on values; the value is how a rule writes it."""

    TOLOWER = "tolower"
    TOUPPER = "toupper"
    B64 = "b64"
    BASENAME = "basename"
    LEN = "len"
    JOIN = "join"
    CONCAT = "concat"
    GETOPT = "getopt"


class Network(msgspec.Struct, frozen=True):
    """An IP network: 4 or 16 bytes and the number of leading bits that count."""

    base: bytes
    prefix: int


class Read(msgspec.Struct, frozen=True):
    """The value of a field. ``name`` is complete: ``proc.aname[2]``."""

    name: str
    field: str  # as the catalogue knows it: ``proc.aname``
    argument: str | None
    type: FieldType
    is_list: bool = False
    any_of: bool = False  # as ``model.field.Reference`` says: holds if it holds for any element
    width: int = 64  # bits of a number


class Constant(msgspec.Struct, frozen=True):
    """A value that a rule wrote, already converted to the type it is compared with."""

    value: Value


class Apply(msgspec.Struct, frozen=True):
    """A transformer applied to its arguments."""

    transformer: Transformer
    arguments: tuple["Operand", ...]
    type: FieldType
    is_list: bool = False
    index: str | None = None  # of getopt: the option to select


class Sequence(msgspec.Struct, frozen=True):
    """A parenthesised list as an argument of a transformer."""

    items: tuple["Operand", ...]


Operand = Read | Constant | Apply | Sequence

Constants = tuple[Value | Network, ...]
"""The right side: one element for ``=``, any number for ``in``; empty for ``exists``."""


class Atom(msgspec.Struct, frozen=True):
    """One comparison. False, whatever the operator, when the left side has no value."""

    left: Operand
    op: Op
    right: Constants | Operand
    quantifier: Quantifier | None = None


class Truth(msgspec.Struct, frozen=True):
    """A constant."""

    value: bool


class Both(msgspec.Struct, frozen=True):
    """And."""

    parts: tuple[int, ...]


class Either(msgspec.Struct, frozen=True):
    """Or."""

    parts: tuple[int, ...]


class Negate(msgspec.Struct, frozen=True):
    """Not."""

    part: int


Node = Atom | Truth | Both | Either | Negate


class Placeholder(msgspec.Struct, frozen=True):
    """A field in an output template."""

    name: str  # as written, without ``%`` and width: the key in ``output_fields``
    operand: Operand
    width: int = 0  # pads or cuts; 0 leaves as it is


Template = tuple[str | Placeholder, ...]


SYSTEM_CALLS = "syscall"
"""The source that the probe feeds."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, ready for a backend."""

    info: RuleInfo
    root: int  # index of its condition in the circuit
    event_types: frozenset[str]
    output: Template
    is_enabled: bool = True
    needs_metadata: bool = False  # reads a field that a container runtime fills
    uses_path: bool = False  # reads a field that depends on the file's name
    opened_names_only: bool = False  # ``names: opened``


class RuleSet(msgspec.Struct, frozen=True):
    """All rules of all files, in their order, and the nodes they share."""

    nodes: tuple[Node, ...]
    rules: tuple[Rule, ...]
