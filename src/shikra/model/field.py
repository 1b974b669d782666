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


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the rule language."""

    name: str
    type: FieldType
    stage: Stage
    source: str  # "syscall", "k8s_audit"; "" for every source
    filled: Filled
    description: str
    argument: Argument = Argument.NONE
    argument_is_index: bool = False  # the argument must be a number
    is_list: bool = False
    is_metadata: bool = False  # needs a container runtime's answer: may come late
    is_path: bool = False  # depends on the file's name: read again with the real path
    may_be_constant: bool = True  # False: not on the right side of a comparison
    may_be_transformed: bool = True
    may_be_printed: bool = True
    is_deprecated: bool = False
    is_suggested: bool = False  # appended to outputs by default


Catalogue = Mapping[str, Field]
"""Fields by name, without argument."""
