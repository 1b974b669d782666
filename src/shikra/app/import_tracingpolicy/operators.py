"""
The operators of Tetragon's selectors.

In: an operator as a policy spells it. Out: what is compared, and whether it is negated.
"""

import enum
from collections.abc import Mapping


class Operator(enum.Enum):
    """A comparison with one of several values; each may be negated."""

    EQUAL = "Equal"
    PREFIX = "Prefix"
    POSTFIX = "Postfix"
    SUBSTRING = "SubString"
    GREATER = "GreaterThan"
    LESS = "LessThan"
    MASK = "Mask"
    RANGE = "InRange"
    MAP = "InMap"
    FILE_TYPE = "FileType"
    SOURCE_ADDRESS = "SAddr"
    SOURCE_PORT = "SPort"
    SOURCE_PORT_LOW = "SPortPriv"
    ADDRESS = "DAddr"
    PORT = "DPort"
    PORT_LOW = "DPortPriv"
    PROTOCOL = "Protocol"
    FAMILY = "Family"
    STATE = "State"
    IN = "In"
    EXISTS = "Exists"
    GAINED = "CapabilitiesGained"


WITHOUT_VALUES = frozenset(
    {Operator.EXISTS, Operator.PORT_LOW, Operator.SOURCE_PORT_LOW, Operator.GAINED}
)

_OTHER_NAMES: Mapping[str, tuple[Operator, bool]] = {
    "eq": (Operator.EQUAL, False),
    "neq": (Operator.EQUAL, True),
    "gt": (Operator.GREATER, False),
    "lt": (Operator.LESS, False),
    "notinmap": (Operator.MAP, True),
    "notinrange": (Operator.RANGE, True),
    "doesnotexist": (Operator.EXISTS, True),
}
KNOWN: Mapping[str, tuple[Operator, bool]] = {
    **{operator.value.lower(): (operator, False) for operator in Operator},
    **{f"not{operator.value.lower()}": (operator, True) for operator in Operator},
    **_OTHER_NAMES,
}
"""By the name in lower case: the operator, and whether it is negated."""

NAMES = (
    *(operator.value for operator in Operator),
    *(f"Not{operator.value}" for operator in Operator),
    *("NotIn", "NotInMap", "NotInRange", "DoesNotExist"),
)
"""As they are spelled, for whoever misspells one."""
