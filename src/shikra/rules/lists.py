"""
Put lists into conditions, textually and in order of definition, as Falco does.

A list's name stands alone between blanks, brackets, commas, ``=`` or the ends; each list is put
in once, so a name that a later list brings in stays. An empty list takes a comma with it.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from shikra.rules import collect, diagnostics
from shikra.rules import text as texts

MAX_PARTS = 2_000_000
"""Words, blanks and commas that a condition may have: lists of lists can double at each step."""

_WORD = r"[^ \t\n\r(),=]+"
_PARTS = rf"{_WORD}|[ \t\n\r]+|[(),=]"
_PART = re.compile(_PARTS)
_BLANKS = " \t\n\r"


class Ready(msgspec.Struct, frozen=True):
    """A list as it is put in."""

    order: int
    parts: tuple[str, ...]  # its text, cut where a name can begin or end


class Expanded(msgspec.Struct, frozen=True):
    """A condition with its lists in, and the names of those."""

    text: texts.Text
    used: frozenset[str]


class Prepared(msgspec.Struct, frozen=True):
    """All lists, and the names of those that are items of others."""

    lists: Mapping[str, Ready]
    used: frozenset[str]
    part: re.Pattern[str]  # cuts a condition where names can begin or end


def prepare(definitions: Mapping[str, collect.ListDefinition]) -> Prepared:
    """Quote items that have blanks; an item that names an earlier list becomes its items."""
    ready: dict[str, Ready] = {}
    used: set[str] = set()
    ordered = sorted(definitions.values(), key=lambda one: one.index)
    for order, one in enumerate(ordered):
        values: list[str] = []
        for item in one.items:
            inner = definitions.get(item.value)
            if inner is not None and inner.index < one.visibility:
                used.add(item.value)
                values += (_quoted(value.value) for value in inner.items)
            else:
                values.append(_quoted(item.value))
        ready[one.name.value] = Ready(order, tuple(_PART.findall(", ".join(values))))
    return Prepared(ready, frozenset(used), _cutter(ready))


def expand(condition: texts.Text, prepared: Prepared) -> Expanded | diagnostics.Mistake:
    """Put the lists in; a condition that grows out of bounds is a mistake."""
    if prepared.lists.keys().isdisjoint(prepared.part.findall(condition.value)):
        return Expanded(condition, frozenset())
    writer = _Writer(prepared.lists)
    for part in prepared.part.finditer(condition.value):
        if not writer.put(part[0], part.start()):
            return diagnostics.whole("lists within lists make this condition too long", condition)
    text = condition.rewritten("".join(writer.parts), writer.origins)
    return Expanded(text, frozenset(writer.used))


class _Writer:
    """Writes the new text part by part and notes what came from where."""

    def __init__(self, lists: Mapping[str, Ready]) -> None:
        self.lists = lists
        self.used: set[str] = set()
        self.parts: list[str] = []
        self.origins: list[texts.Origin] = []
        self.length = 0
        self.count = 0
        self.is_comma_due = False  # an empty list wants the next comma gone

    def put(self, part: str, at: int) -> bool:
        """Write a part of the condition, or the list that it names; False: it is too much."""
        if part not in self.lists:
            self.write(part, at, 0)
            return True
        todo: list[tuple[str, int]] = [(part, -1)]  # with each part the list that brought it in
        while todo:
            text, after = todo.pop()
            self.count += 1
            if self.count > MAX_PARTS:
                return False
            found = self.lists.get(text)
            if found is None or found.order <= after:
                self.write(text, at, len(part))
                continue
            self.used.add(text)
            if not found.parts:
                self.eat_comma()
            todo += ((inner, found.order) for inner in reversed(found.parts))
        return True

    def write(self, part: str, at: int, width: int) -> None:
        if self.is_comma_due and part[0] not in _BLANKS:
            self.is_comma_due = False
            if part == ",":
                return
        self.origins.append(texts.Origin(self.length, at, width))
        self.parts.append(part)
        self.length += len(part)

    def eat_comma(self) -> None:
        """Take away the comma before here, or else the one that follows."""
        for index in range(len(self.parts) - 1, -1, -1):
            if self.parts[index][0] in _BLANKS:
                continue
            if self.parts[index] == ",":
                self.parts[index] = " "  # as long as it was: offsets stay true
                return
            break
        self.is_comma_due = True


def _cutter(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds parts; an invalid name is one too, for Falco puts it in all the same."""
    odd = [re.escape(name) for name in names if name and not re.fullmatch(_WORD, name)]
    return re.compile("|".join([*(rf"{name}(?![^ \t\n\r(),=])" for name in odd), _PARTS]))


def _quoted(item: str) -> str:
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item
