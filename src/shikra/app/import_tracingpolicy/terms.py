"""
Parts of conditions, and how values are written in them.

In: fields and values. Out: text that parses; each part can stand in an ``and`` as it is.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from shikra.app.import_tracingpolicy.notes import Effect, Note

_BARE = re.compile(r"[A-Za-z0-9_./:@%+*?^~-]+")
_WORDS = frozenset(("and", "or", "not", "in", "exists"))
_ONLY_ASCII = 0x7F


class Term(msgspec.Struct, frozen=True):
    """One part of a condition."""

    text: str
    is_as_written: bool = False  # Tetragon compares what the caller wrote, Shikra the file's names


class Part(msgspec.Struct, frozen=True):
    """Parts that all must hold, and what is to be said of them."""

    terms: tuple[Term, ...]
    notes: tuple[Note, ...]

    @property
    def is_exact(self) -> bool:
        """Whether they hold exactly where the policy's do."""
        return all(note.effect is Effect.TOLD for note in self.notes)

    @property
    def text(self) -> str:
        """All of them; they must not be none."""
        return " and ".join(term.text for term in self.terms)


def part(found: Iterable[Term | Note]) -> Part:
    """Put terms and notes apart."""
    every = list(found)
    terms = tuple(one for one in every if isinstance(one, Term))
    return Part(terms, tuple(one for one in every if isinstance(one, Note)))


def one_of(field: str, values: Sequence[str]) -> str:
    """Compare a field for being one of several values."""
    if len(values) == 1:
        return f"{field} = {quoted(values[0])}"
    return f"{field} in ({', '.join(map(quoted, values))})"


def any_of(field: str, operator: str, values: Sequence[str]) -> str:
    """Compare a field by an operator with any of several values."""
    if len(values) == 1:
        return f"{field} {operator} {quoted(values[0])}"
    return f"{field} {operator} anyof ({', '.join(map(quoted, values))})"


def either(texts: Iterable[str]) -> str:
    """Return what holds if one of these does."""
    found = list(dict.fromkeys(texts))
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def negated(text: str, *, is_negated: bool = True) -> str:
    """Return what holds if this doesn't."""
    if not is_negated:
        return text
    return f"not {text}" if text.startswith("(") or " and " not in text else f"not ({text})"


def quoted(value: str) -> str:
    """Write a value so that it is read back as it is."""
    if _BARE.fullmatch(value) and value not in _WORDS:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\' or not character.isprintable():
        return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "replace"))
    return character
