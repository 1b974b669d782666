"""
Write a text as YAML: bare where that is read back as it is, else in quotes.

In: a text, and whether it stands in brackets. Out: what to write.
"""

import re

from shikra.rules import nodes

_BARE = re.compile(r"[A-Za-z0-9_/.(<^$;+][^\x00-\x1f\x7f-\uffff]*(?<![\s:])", re.DOTALL)
_NEVER = re.compile(r":\s|\s#|[ ]\Z")
_BRACKETS = frozenset(",[]{}:?")
_BYTE = 0xFF


def written(text: str, *, is_inside: bool = False) -> str:
    """Return the text as it is written."""
    if is_bare(text, is_inside=is_inside):
        return text
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return '"' + "".join(map(escaped, text)) + '"'


def is_bare(text: str, *, is_inside: bool = False) -> bool:
    """Whether a text needs no quotes."""
    if not _BARE.fullmatch(text) or _NEVER.search(text) or text in nodes.NULLS:
        return False
    return not is_inside or _BRACKETS.isdisjoint(text)


def is_foldable(text: str) -> bool:
    """Whether a text may be broken at its blanks and is put together again as it was."""
    words = text.split(" ")
    return text.isprintable() and all(words)


def escaped(character: str) -> str:
    """Write one character for a text in double quotes."""
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\x{ord(character):02x}" if ord(character) <= _BYTE else f"\\U{ord(character):08x}"
