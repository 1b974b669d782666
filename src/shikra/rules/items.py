"""
The items of rule files, as they are written.

What isn't written is None. Texts know where they stand.
"""

from collections.abc import Mapping

import msgspec

from shikra.model import enforcement, rule
from shikra.rules import text as texts

Cell = texts.Text | tuple[texts.Text, ...]
Row = texts.Text | tuple[Cell, ...]


class Change(msgspec.Struct, frozen=True):
    """How an item changes an earlier one of its name: ``append: true``, or key by key."""

    is_append: bool = False
    is_override: bool = False
    override: Mapping[str, str] = {}  # key to "append" or "replace"

    @property
    def is_none(self) -> bool:
        """The item stands alone."""
        return not self.is_append and not self.is_override

    def appends(self, key: str) -> bool:
        """Whether this key's value is added to the earlier one's."""
        return self.is_append or self.override.get(key) == "append"


class ListItem(msgspec.Struct, frozen=True):
    """``list:``."""

    name: texts.Text
    items: tuple[texts.Text, ...]
    change: Change


class MacroItem(msgspec.Struct, frozen=True):
    """``macro:``. One with mistakes has no condition; who uses it needn't hear of them again."""

    name: texts.Text
    condition: texts.Text | None
    change: Change


class ExceptionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One of a rule's ``exceptions:``."""

    name: texts.Text
    fields: Cell | None
    comps: Cell | None
    values: tuple[Row, ...] | None
    has_mistakes: bool = False  # told already; of what it holds, only its fields are looked at


class Enforce(msgspec.Struct, frozen=True):
    """``enforce:`` of a rule."""

    means: enforcement.Means
    otherwise: enforcement.Means | None
    at: texts.Text


class RuleItem(msgspec.Struct, frozen=True, kw_only=True):
    """``rule:``. What has mistakes is None; the rest is looked at all the same."""

    name: texts.Text
    change: Change
    is_switch: bool = False  # it only turns an earlier rule on or off
    condition: texts.Text | None = None
    output: texts.Text | None = None
    desc: texts.Text | None = None
    priority: rule.Priority | None = None
    source: texts.Text | None = None
    enabled: bool | None = None
    tags: tuple[str, ...] | None = None
    exceptions: tuple[ExceptionItem, ...] | None = None
    warn_evttypes: bool | None = None
    skip_if_unknown_filter: bool | None = None
    capture: bool | None = None
    capture_duration: int | None = None
    opened_names_only: bool | None = None
    enforce: Enforce | None = None
    on_timeout: enforcement.OnTimeout | None = None
    include_init: bool | None = None


Item = ListItem | MacroItem | RuleItem
