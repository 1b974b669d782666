"""
A condition in its canonical form, its lists and macros by their names as they are written.

In: a condition's text, which may be only what is appended to another. Out: lines. A constant
stays quoted, or not, as it was: lists are put in as text, so ``"shells"`` and ``shells`` differ.
Parentheses around all of it stay, for something may be appended. What can't be parsed, or would
not be read back the same, keeps its words in their order.
"""

import re

from shikra.rules import diagnostics, layout, parse, show, tree

_LONG = 200_000
_PIECE = re.compile(
    r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'])+""",
    re.DOTALL | re.ASCII,  # other blanks than those of ASCII are characters of a word
)
_BLANKS = re.compile(r"\s+", re.ASCII)


def lines(text: str) -> tuple[str, ...] | None:
    """Return the condition's lines; nothing if not even its words can be told apart."""
    expr = parse.parse(text) if len(text) <= _LONG else None
    if expr is None or isinstance(expr, diagnostics.Mistake):
        return _as_words(text)
    found = layout.lines(expr, lambda leaf: _words(text, leaf))
    if _is_bracketed(text, expr):
        found = layout.bracketed(found)
    return found if parse.parse("\n".join(found)) == expr else _as_words(text)


def _as_words(text: str) -> tuple[str, ...] | None:
    words = _PIECE.findall(text)
    if not words or _BLANKS.sub("", text) != _BLANKS.sub("", "".join(words)):
        return None
    return layout.filled(words)


def _is_bracketed(text: str, expr: tree.Expr) -> bool:
    """Whether one pair of parentheses holds all of an ``and`` or ``or``."""
    stripped = text.strip()
    if not isinstance(expr, tree.All | tree.Either) or not stripped.startswith("("):
        return False
    return parse.parse(stripped[1:-1]) == expr


def _words(text: str, leaf: tree.Leaf) -> list[str]:
    """Return a comparison in pieces, its parts as they are written."""
    written = _PIECE.findall(text[leaf.at.start : leaf.at.end])
    if not isinstance(leaf, tree.Compare):
        return written
    words = [_text(text, leaf.left.at), "==" if leaf.is_doubled else leaf.op.value]
    words += [leaf.quantifier.value] if leaf.quantifier else []
    if isinstance(leaf.right, tree.Values):
        words += show.listed([_text(text, value.at) for value in leaf.right.values])
    else:
        words.append(_text(text, leaf.right.at))
    return words if parse.parse(" ".join(words)) == leaf else written


def _text(text: str, at: tree.At) -> str:
    return " ".join(_PIECE.findall(text[at.start : at.end]))
