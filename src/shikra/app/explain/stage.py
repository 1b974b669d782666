"""One stage of a rule on its way, as it is told."""

import enum

import msgspec


class Kind(enum.Enum):
    """How a stage's lines are coloured."""

    TEXT = "text"
    CONDITION = "condition"
    PYTHON = "python"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A title, a sentence that teaches, and lines; none of it escaped yet."""

    title: str
    note: str
    lines: tuple[str, ...]
    kind: Kind = Kind.TEXT
