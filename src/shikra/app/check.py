"""
``shikra rules check``: load rule files and show what is wrong with them, without a kernel.

In: files, folders, packs. Out: text for people, mistakes on standard error; or JSON in Falco's
shape on standard output. 1 if there is an error, else 0; strictly, a warning is an error.
"""

import json
import sys
from collections.abc import Sequence

import msgspec

from shikra.app import crossing, enforceable, load_results, rulebook
from shikra.app.mistakes import gathered, show
from shikra.app.plural import count
from shikra.model.diagnostic import Diagnostic, Severity

MOST_SHOWN = 1000
"""In text; JSON has all."""


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
    if diagnostics:
        print(show(gathered(diagnostics), most=MOST_SHOWN), file=sys.stderr)  # noqa: T201  what it is for
    if not is_good:
        return 1
    verdict = count(len(diagnostics), "warning") if diagnostics else "all right"
    rules = count(len(book.ruleset.rules), "rule")
    decided = f" ({crossing.summed(plans.values())})" if plans else ""
    print(f"{count(len(book.files), 'file')}, {rules}{decided}: {verdict}")  # noqa: T201  as above
    return 0


def _as_error(diagnostic: Diagnostic) -> Diagnostic:
    return msgspec.structs.replace(diagnostic, severity=Severity.ERROR)
