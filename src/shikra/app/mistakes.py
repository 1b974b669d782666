"""
Show mistakes in what a user wrote, each with its line and where in it.

In: diagnostics. Out: text for a terminal, in which nothing of the files' text acts.
"""

from collections.abc import Iterable

import msgspec

from shikra.alerts.escape import escape
from shikra.model.diagnostic import Diagnostic, Severity

MOST = 20
LONGEST = 1_000
"""So many characters of a line are shown."""

_UNFED = "SHIKRA_SOURCE_NOT_FED"


def show(diagnostics: Iterable[Diagnostic], most: int = MOST) -> str:
    """Return the mistakes, errors first; of very many the first ones."""
    found = sorted(diagnostics, key=lambda one: one.severity is not Severity.ERROR)
    shown = [_shown(one) for one in found[:most]]
    if len(found) > len(shown):
        shown.append(f"... and {len(found) - len(shown)} more")
    return "\n".join(shown)


def gathered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Say once and first, at its first rule, that nothing feeds a source: it is said of all."""
    unfed: dict[str, list[Diagnostic]] = {}
    rest: list[Diagnostic] = []
    for one in diagnostics:
        if one.code == _UNFED:
            unfed.setdefault(one.message, []).append(one)
        else:
            rest.append(one)
    return (*map(_first, unfed.values()), *rest)


def _first(same: list[Diagnostic]) -> Diagnostic:
    first, count = same[0], len(same)
    if count == 1:
        return first
    return msgspec.structs.replace(first, message=f"{first.message} ({count} rules)")


def _shown(diagnostic: Diagnostic) -> str:
    word = "warning: " if diagnostic.severity is Severity.WARNING else ""
    line = escape(word + str(diagnostic))
    span = diagnostic.span
    if span is None or not diagnostic.excerpt:
        return line
    excerpt, start = _round(diagnostic.excerpt, span.column - diagnostic.excerpt_column)
    before = escape(excerpt[:start])
    marked = escape(excerpt[start:][: max(span.length, 1)])
    pointer = " " * len(before) + "^" * max(len(marked), 1)
    return f"{line}\n    {escape(excerpt)}\n    {pointer}"


def _round(excerpt: str, place: int) -> tuple[str, int]:
    """Return what stands round a place of a line, and the place in that; most lines whole."""
    first = max(0, place - LONGEST // 2) if len(excerpt) > LONGEST else 0
    return excerpt[first : first + LONGEST], place - first
