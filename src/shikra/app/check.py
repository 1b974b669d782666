"""
``shikra rules check``: load rule files and show what is wrong with them, without a kernel.

In: files, folders, packs. Out: text for people, mistakes on standard error; or JSON in Falco's
shape on standard output. 1 if there is an error, else 0; strictly, a warning is an error.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence

import msgspec

from shikra.app import crossing, enforceable, load_results, rulebook
from shikra.app.mistakes import gathered, show
from shikra.app.plural import count
from shikra.model.diagnostic import Diagnostic, Severity

MOST_SHOWN = 1000
"""In text; JSON has all."""

MORE = "SHIKRA_MORE_MISTAKES"


def check(entries: Sequence[str], *, as_json: bool = False, is_strict: bool = False) -> int:
    """Print every mistake and warning; return 1 if there is a mistake, else 0."""
    book = rulebook.read_book(entries)
    plans = {} if book.errors else crossing.plans(book.ruleset)
    diagnostics: tuple[Diagnostic, ...] = (
        *book.diagnostics,
        *crossing.warnings(book, plans),
        *enforceable.diagnostics(book.asked, book.ruleset, plans),
    )
    if is_strict:
        diagnostics = tuple(map(_as_error, diagnostics))
    is_good = all(one.severity is Severity.WARNING for one in diagnostics)
    if as_json:
        print(json.dumps(load_results.results(book.files, diagnostics)))  # noqa: T201  what it is for
        return 0 if is_good else 1
    verdict = _counted(diagnostics) or "all right"
    if diagnostics:
        found = gathered(sorted(diagnostics, key=_place))
        print(show(found, most=MOST_SHOWN), file=sys.stderr)  # noqa: T201  what it is for
    if not is_good:
        print(verdict, file=sys.stderr)  # noqa: T201  as above
        return 1
    files, rules = count(len(book.files), "file"), count(len(book.ruleset.rules), "rule")
    decided = f" ({crossing.summed(plans.values())})" if plans else ""
    print(f"{files}, {rules}{decided}: {verdict}")  # noqa: T201  as above
    return 0


def _counted(found: Sequence[Diagnostic]) -> str:
    """Say how many there are of each kind; of a file with very many, not all are known."""
    is_more = any(one.code == MORE for one in found)
    counts = Counter(one.severity for one in found if one.code != MORE)
    nouns = {Severity.ERROR: "mistake", Severity.WARNING: "warning"}
    said = ", ".join(count(counts[each], noun) for each, noun in nouns.items() if counts[each])
    return f"more than {said}" if is_more else said


def _place(one: Diagnostic) -> tuple[str, int, int]:
    return (one.span.file, one.span.line, one.span.column) if one.span else ("", 0, 0)


def _as_error(diagnostic: Diagnostic) -> Diagnostic:
    return msgspec.structs.replace(diagnostic, severity=Severity.ERROR)
