"""
How the tables of this package write a row: in the order that reads best, flags by name.

In: a name, a type, who fills it (or, as text, why nobody does) and a line that says what it is.
Out: a ``Field``.
"""

from typing import Any

from shikra.model.field import Argument, Field, Filled, Stage
from shikra.model.value import FieldType

TEXT = FieldType.TEXT
BYTES = FieldType.BYTES
SIGNED = FieldType.SIGNED
UNSIGNED = FieldType.UNSIGNED
DOUBLE = FieldType.DOUBLE
BOOLEAN = FieldType.BOOLEAN
ADDRESS = FieldType.ADDRESS
NETWORK = FieldType.NETWORK
PORT = FieldType.PORT
RELATIVE_TIME = FieldType.RELATIVE_TIME
ABSOLUTE_TIME = FieldType.ABSOLUTE_TIME

KERNEL = Filled.KERNEL
ENRICHMENT = Filled.ENRICHMENT
AUDIT = Filled.AUDIT

ALLOWED = Argument.ALLOWED
REQUIRED = Argument.REQUIRED

FILTER_ONLY = {"may_be_printed": False, "may_be_constant": False, "may_be_transformed": False}
"""A field that only stands on the left of a comparison."""

UNTOUCHED = {"may_be_constant": False, "may_be_transformed": False}
"""A field that is printed and compared, but not transformed nor compared with."""


class Family:
    """Makes rows that share a stage and a source."""

    def __init__(self, stage: Stage, source: str) -> None:
        """Rows are of this stage and source unless they say otherwise."""
        self.stage = stage
        self.source = source

    def __call__(
        self, name: str, kind: FieldType, filled: Filled | str, description: str, /, **flags: Any
    ) -> Field:
        """Return one row."""
        given: dict[str, Any] = {"stage": self.stage, "source": self.source} | flags
        if isinstance(filled, str):
            given["lacking"], filled = filled, Filled.NOT_YET
        return Field(name=name, type=kind, filled=filled, description=description, **given)
