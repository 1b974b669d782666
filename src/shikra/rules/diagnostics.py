"""
Mistakes in rules: from an offset in some text to a diagnostic that shows the place.

A pass that sees only a condition's text reports a ``Mistake``; who knows the text's origin
turns it into a ``Diagnostic``.
"""

import difflib
from collections.abc import Iterable

import msgspec

from shikra.model import diagnostic
from shikra.rules import text as texts
from shikra.rules import tree

_MAX_NAME = 64
"""Longer names aren't compared with others: it takes long and nobody misspelt that."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong in a text, at an offset of it."""

    message: str
    at: tree.At
    hint: str = ""
    is_unknown: bool = False  # a field, event type or the like that we don't have


class MistakeError(Exception):
    """A mistake on its way from where it was seen to where it is reported."""

    def __init__(self, mistake: Mistake) -> None:
        """Carry this mistake."""
        super().__init__(mistake.message)
        self.mistake = mistake


def error(code: str, mistake: Mistake, where: texts.Text, item: str) -> diagnostic.Diagnostic:
    """Return the mistake as an error."""
    return _diagnostic(diagnostic.Severity.ERROR, code, mistake, where, item)


def warning(code: str, mistake: Mistake, where: texts.Text, item: str) -> diagnostic.Diagnostic:
    """Return the mistake as a warning."""
    return _diagnostic(diagnostic.Severity.WARNING, code, mistake, where, item)


def whole(message: str, where: texts.Text, hint: str = "") -> Mistake:
    """Return a mistake that all of a text makes."""
    return Mistake(message=message, at=tree.At(0, max(1, len(where.value))), hint=hint)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean "x"?`` for the known name that is most like this one, or nothing."""
    if len(name) > _MAX_NAME:
        return ""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f'did you mean "{close[0]}"?' if close else ""


def _diagnostic(
    severity: diagnostic.Severity, code: str, mistake: Mistake, where: texts.Text, item: str
) -> diagnostic.Diagnostic:
    start, end = mistake.at.start, mistake.at.end
    excerpt, excerpt_column = where.excerpt(start)
    return diagnostic.Diagnostic(
        severity=severity,
        code=code,
        message=mistake.message,
        span=where.span(start, end),
        excerpt=excerpt,
        excerpt_column=excerpt_column,
        hint=mistake.hint,
        item=item,
    )
