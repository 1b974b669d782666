"""
``shikra rules check``: load rule files and show what is wrong with them, without a kernel.

In: files, folders, packs. Out: text for people, mistakes on standard error; or JSON in Falco's
shape on standard output. 1 if there is an error, else 0; strictly, a warning is an error.
"""

import json
import sys
from collections.abc import Sequence

import msgspec

from shikra.app import load_results, rule_files
from shikra.app.mistakes import gathered, show
from shikra.app.plural import count
from shikra.model import event_types
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.model.fields import CATALOGUE
from shikra.rules import build

MOST_SHOWN = 1000
"""In text; JSON has all."""


def check(entries: Sequence[str], *, as_json: bool = False, is_strict: bool = False) -> int:
    """Print every mistake and warning; return 1 if there is a mistake, else 0."""
    found = rule_files.read(entries)
    loaded = build.load(
        found.files,
        CATALOGUE,
        event_types=event_types.NAMES,
        produced=event_types.PRODUCED,
    )
    diagnostics: tuple[Diagnostic, ...] = (*found.diagnostics, *loaded.diagnostics)
    if is_strict:
        diagnostics = tuple(map(_as_error, diagnostics))
    is_good = all(one.severity is Severity.WARNING for one in diagnostics)
    if as_json:
        print(json.dumps(load_results.results(found.files, diagnostics)))  # noqa: T201  what it is for
        return 0 if is_good else 1
    if diagnostics:
        print(show(gathered(diagnostics), most=MOST_SHOWN), file=sys.stderr)  # noqa: T201  what it is for
    if not is_good:
        return 1
    verdict = count(len(diagnostics), "warning") if diagnostics else "all right"
    rules = count(len(loaded.ruleset.rules), "rule")
    print(f"{count(len(found.files), 'file')}, {rules}: {verdict}")  # noqa: T201  as above
    return 0


def _as_error(diagnostic: Diagnostic) -> Diagnostic:
    return msgspec.structs.replace(diagnostic, severity=Severity.ERROR)
