"""``shikra rules check``: load rule files and show what is wrong with them, without a kernel."""

import sys
from collections.abc import Sequence

from shikra.app import rule_files
from shikra.app.mistakes import show
from shikra.model import event_types
from shikra.model.diagnostic import Severity
from shikra.model.fields import CATALOGUE
from shikra.rules import build


def check(entries: Sequence[str]) -> int:
    """Print every mistake and warning; return 1 if there is a mistake, else 0."""
    found = rule_files.read(entries)
    loaded = build.load(found.files, CATALOGUE, event_types=event_types.NAMES)
    diagnostics = (*found.diagnostics, *loaded.diagnostics)
    if diagnostics:
        print(show(diagnostics), file=sys.stderr)  # noqa: T201  what it is for
    if any(one.severity is Severity.ERROR for one in diagnostics):
        return 1
    print(f"{len(found.files)} files, {len(loaded.ruleset.rules)} rules: all right")  # noqa: T201
    return 0
