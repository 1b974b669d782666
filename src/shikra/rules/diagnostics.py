"""
Mistakes in rules: from an offset in some text to a diagnostic that shows the place.

A pass that sees only a condition's text reports a ``Mistake``; who knows the text's origin
turns it into a ``Diagnostic``.
"""

import difflib
import itertools
from collections.abc import Iterable

import msgspec

from shikra.model import diagnostic
from shikra.rules import text as texts
from shikra.rules import tree

MAX_PER_FILE = 300
"""More mistakes of a file aren't shown, only counted."""

_MAX_NAME = 64
"""Longer names aren't compared with others: it takes long and nobody misspelt that."""

_MAX_NAMES = 2000
"""Not compared with more names than these: with very many mistakes it would take very long."""


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
    names = itertools.islice(known, _MAX_NAMES)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    return f'did you mean "{close[0]}"?' if close else ""


def bounded(found: Iterable[diagnostic.Diagnostic]) -> tuple[diagnostic.Diagnostic, ...]:
    """Return each diagnostic once; of a file with very many the first, errors rather than not."""
    once = dict.fromkeys(found)
    files: dict[str, list[diagnostic.Diagnostic]] = {}
    for one in once:
        files.setdefault(one.span.file if one.span else "", []).append(one)
    for of_file in files.values():
        of_file.sort(key=lambda one: one.severity is not diagnostic.Severity.ERROR)
        rest = of_file[MAX_PER_FILE:]
        for one in rest:
            del once[one]
        if rest:
            more = diagnostic.Diagnostic(
                severity=rest[0].severity,
                code="SHIKRA_MORE_MISTAKES",
                message=f"and {len(rest)} more",
                span=rest[0].span,
                item="rules content",
            )
            once[more] = None
    return tuple(once)


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
