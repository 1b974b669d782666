"""
Glob patterns: what ``fnmatch(3)`` does without flags, on bytes.

In: a pattern as a rule writes it. Out: a function from bytes to a truth. ``*`` crosses ``/``, a
leading dot is like any other, a backslash quotes, ``?`` is one byte. The time a match takes is
bounded by pattern times text: whoever chooses a file's name can't choose how long it is looked at.
"""

import re
from collections.abc import Callable

_CLASSES = {
    b"alnum": rb"a-zA-Z0-9",
    b"alpha": rb"a-zA-Z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"!-~",
    b"lower": rb"a-z",
    b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t-\r",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9a-fA-F",
}
_NEVER = rb"(?!)"
_QUOTED_OR_ONE = frozenset(b"?[\\")


def matcher(pattern: bytes, *, ignore_case: bool = False) -> Callable[[bytes], object]:
    """Return a function that gives something true if the whole of a text matches."""
    if not ignore_case and _QUOTED_OR_ONE.isdisjoint(pattern) and pattern.count(b"*") <= 1:
        return _around_star(*pattern.split(b"*"))
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile(expression(pattern), flags).fullmatch


def expression(pattern: bytes, any_byte: bytes = b".") -> bytes:
    """
    Return the expression of a pattern, over a set of bytes.

    A part between stars matches a fixed number of bytes, so its first occurrence is as good as
    any later one: an atomic group says so, and only the last part is looked for backwards.
    """
    first, *rest = (b"".join(part) for part in split(pattern, any_byte))
    if not rest:
        return first
    *middle, last = rest
    found = b"".join(b"(?>" + any_byte + b"*?" + part + b")" for part in middle if part)
    return first + found + any_byte + b"*" + last


def _around_star(start: bytes, end: bytes | None = None) -> Callable[[bytes], bool]:
    """Match what most patterns are, without an expression: one star, or none."""
    if end is None:
        return lambda text: text == start
    if not start:
        return lambda text: text.endswith(end)
    shortest = len(start) + len(end)
    return lambda text: text.startswith(start) and text.endswith(end) and len(text) >= shortest


def split(pattern: bytes, any_byte: bytes = b".") -> list[list[bytes]]:
    """Return the parts between stars, each as expressions of one byte."""
    parts: list[list[bytes]] = [[]]
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        at += 1
        if char == b"*":
            parts.append([])
        elif char == b"?":
            parts[-1].append(any_byte)
        elif char == b"\\":
            parts[-1].append(re.escape(pattern[at : at + 1]) or _NEVER)
            at += 1
        elif char == b"[":
            inside, at = _bracket(pattern, at)
            parts[-1].append(inside if any_byte == b"." else b"(?=" + any_byte + b")" + inside)
        else:
            parts[-1].append(re.escape(char))
    return parts


def _bracket(pattern: bytes, start: int) -> tuple[bytes, int]:
    """Return the expression of the bracket that begins before ``start``, and where it ends."""
    negated = pattern[start : start + 1] in (b"!", b"^")
    at = start + negated
    members: list[bytes] = []
    while at < len(pattern) and (pattern[at : at + 1] != b"]" or at == start + negated):
        member, at = _member(pattern, at)
        members.append(member)
    if at >= len(pattern):  # never closed: an ordinary character
        return rb"\[", start
    inside = b"".join(members)
    if not inside:
        return (b"." if negated else _NEVER), at + 1
    return (b"[^" if negated else b"[") + inside + b"]", at + 1


def _member(pattern: bytes, at: int) -> tuple[bytes, int]:
    """Return one byte, range or class of a bracket, and where it ends."""
    if pattern[at : at + 2] == b"[:":
        end = pattern.find(b":]", at)
        if end > 0 and (known := _CLASSES.get(pattern[at + 2 : end])) is not None:
            return known, end + 2
    low, at = _byte(pattern, at)
    if pattern[at : at + 1] != b"-" or pattern[at + 1 : at + 2] in (b"]", b""):
        return re.escape(low), at
    high, at = _byte(pattern, at + 1)
    if low > high:
        return b"", at
    return re.escape(low) + b"-" + re.escape(high), at


def _byte(pattern: bytes, at: int) -> tuple[bytes, int]:
    """Return the byte at a place, past the backslash that may quote it."""
    if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
        at += 1
    return pattern[at : at + 1], at + 1
