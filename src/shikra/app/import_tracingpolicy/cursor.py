"""
Walk through the YAML of a policy, with the path of each value.

In: a node. Out: what its keys hold, each with the type it must have. What has another type is
noted and reads as absent, so that the rest is still looked at.
"""

from collections.abc import Collection, Iterator

from shikra.app.import_tracingpolicy.notes import Effect, Note, Place
from shikra.rules import nodes
from shikra.rules.keys import FALSE, TRUE, is_null

_NUMBER = 64
_MERGE = "<<"


class Cursor:
    """A node and how one comes there."""

    def __init__(self, node: nodes.Node, path: str, notes: list[Note]) -> None:
        """Stand at this node; what is wrong is added to the notes."""
        self.node = node
        self.path = path
        self.notes = notes

    @property
    def at(self) -> Place:
        """Where it is."""
        return Place(self.path, nodes.where(self.node))

    def refuse(self, message: str, hint: str = "") -> None:
        """Note a mistake of the policy's author."""
        self.notes.append(Note(Effect.MISTAKE, message, self.at, hint))

    def get(self, key: str) -> "Cursor | None":
        """Return what a key holds; nothing if it holds nothing."""
        for name, value in self._entries():
            if name.value == key and not is_null(value):
                return Cursor(value, self._below(key), self.notes)
        return None

    def must(self, key: str) -> "Cursor":
        """Return what a key holds, which must be something."""
        found = self.get(key)
        if found is None:
            self.refuse(f"{key} is missing")
        return found or Cursor(self.node, self._below(key), [])

    def name(self, key: str) -> str:
        """Return a text that must be there."""
        found = self.text(key)
        if not found:
            self.refuse(f"{key} is missing")
        return found

    def each(self, key: str) -> Iterator["Cursor"]:
        """Return the elements of a list."""
        found = self.get(key)
        if found is None:
            return
        if not isinstance(found.node, nodes.Sequence):
            found.refuse("expected a list")
            return
        for index, node in enumerate(found.node.items):
            yield Cursor(node, f"{found.path}[{index}]", self.notes)

    def text(self, key: str) -> str:
        """Return a text; nothing if there is none."""
        found = self.get(key)
        return "" if found is None else found.scalar()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(each.scalar() for each in self.each(key))

    def flag(self, key: str) -> bool:
        """Return whether something is switched on."""
        found = self.get(key)
        if found is None:
            return False
        text = found.scalar()
        if text not in TRUE | FALSE:
            found.refuse(f'expected true or false, found "{text}"')
        return text in TRUE

    def number(self, key: str) -> int:
        """Return a whole number; 0 if there is none."""
        found = self.get(key)
        if found is None:
            return 0
        value = number(found.scalar())
        if value is None:
            found.refuse(f'expected a whole number, found "{found.scalar()}"')
        return value or 0

    def scalar(self) -> str:
        """Return the text that stands here; a zero at its end, as C has it, is none of it."""
        if not isinstance(self.node, nodes.Scalar):
            self.refuse("expected a text")
            return ""
        text = self.node.value.removesuffix("\0")
        if "\0" in text:
            self.refuse("a text can't have a zero byte within")
        return text

    def names(self) -> tuple[str, ...]:
        """Return the names of all keys."""
        return tuple(key.value for key, _ in self._entries())

    def others(self, known: Collection[str]) -> tuple[Place, ...]:
        """Return the keys that aren't known, but for those that hold nothing."""
        return tuple(
            Place(self._below(key.value), nodes.where(key))
            for key, value in self._entries()
            if key.value not in known and not is_null(value)
        )

    def _entries(self) -> tuple[tuple[nodes.Scalar, nodes.Node], ...]:
        if isinstance(self.node, nodes.Mapping):
            return _merged(self.node)
        note = Note(Effect.MISTAKE, "expected keys and values", self.at)
        if note not in self.notes:
            self.notes.append(note)
        return ()

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _merged(mapping: nodes.Mapping) -> tuple[tuple[nodes.Scalar, nodes.Node], ...]:
    """Return a mapping's entries, and those of mappings that it merges; its own ones count."""
    found = {key.value: (key, value) for key, value in mapping.entries if key.value != _MERGE}
    merges = [value for key, value in mapping.entries if key.value == _MERGE]
    for merge in merges:
        for other in merge.items if isinstance(merge, nodes.Sequence) else (merge,):
            if isinstance(other, nodes.Mapping):
                found = {key.value: (key, value) for key, value in _merged(other)} | found
    return tuple(found.values())


def number(text: str) -> int | None:
    """Return a whole number as YAML and Tetragon write it: decimal, 0x or 0 in front."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not digits.isalnum() or not digits.isascii() or len(digits) > _NUMBER:
        return None
    is_octal = digits.startswith("0") and digits.isdigit() and len(digits) > 1
    try:
        return sign * int(digits, 8 if is_octal else 0)
    except ValueError:
        return None
