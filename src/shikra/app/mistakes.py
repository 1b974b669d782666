"""
Show mistakes in what a user wrote, each with its line and where in it.

In: diagnostics. Out: text for a terminal, in which nothing of the files' text acts.
"""

import collections
from collections.abc import Iterable

import msgspec

from shikra.alerts.escape import escape
from shikra.model.diagnostic import Diagnostic, Severity

MOST = 20


def show(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the mistakes, errors first; of very many the first ones."""
    found = sorted(diagnostics, key=lambda one: one.severity is not Severity.ERROR)
    shown = [_shown(one) for one in found[:MOST]]
    if len(found) > MOST:
        shown.append(f"... and {len(found) - MOST} more")
    return "\n".join(shown)


def gathered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Say only once, at its first place, what is said word for word of many."""
    places: collections.defaultdict[tuple[str, str], list[Diagnostic]]
    places = collections.defaultdict(list)
    for one in diagnostics:
        places[one.code, one.message].append(one)
    return tuple(map(_first, places.values()))


def _first(same: list[Diagnostic]) -> Diagnostic:
    first, count = same[0], len(same)
    if count == 1:
        return first
    return msgspec.structs.replace(first, message=f"{first.message} ({count} times)")


def _shown(diagnostic: Diagnostic) -> str:
    word = "warning: " if diagnostic.severity is Severity.WARNING else ""
    line = escape(word + str(diagnostic))
    span = diagnostic.span
    if span is None or not diagnostic.excerpt:
        return line
    before = escape(diagnostic.excerpt[: span.column - 1])
    marked = escape(diagnostic.excerpt[span.column - 1 :][: max(span.length, 1)])
    pointer = " " * len(before) + "^" * max(len(marked), 1)
    return f"{line}\n    {escape(diagnostic.excerpt)}\n    {pointer}"
