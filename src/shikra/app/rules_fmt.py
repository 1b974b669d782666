"""
``shikra rules fmt``: rule files in their canonical form.

In: files, folders, packs, or ``-`` for standard input. Out: their text on standard output, or,
if asked for, in the files themselves, or only whether they have that form. Exit code 1: some
file is wrong, or, when only checked, hasn't the form.
"""

import enum
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from shikra.alerts.escape import escape
from shikra.app import mistakes, rule_files
from shikra.model.diagnostic import Diagnostic
from shikra.rules.canonical import file as canonical
from shikra.rules.read import RuleFile

STANDARD_INPUT = "-"
_STANDARD_INPUT_NAME = "<standard input>"


class Mode(enum.Enum):
    """What is done with the canonical text."""

    PRINT = "print"
    CHECK = "check"
    WRITE = "write"


def run(entries: Sequence[str], mode: Mode) -> int:
    """Format all files; return an exit code."""
    files: list[RuleFile] = []
    problems: list[Diagnostic] = []
    for entry in entries or (STANDARD_INPUT,):
        if entry == STANDARD_INPUT:
            files.append(RuleFile(_STANDARD_INPUT_NAME, sys.stdin.buffer.read()))
            continue
        found = rule_files.read([entry])
        problems += found.diagnostics
        files += found.files
    has_changes = False
    for file in files:
        formatted = canonical.canonical(file)
        problems += formatted.diagnostics
        if formatted.text is not None:
            is_changed = formatted.text.encode() != file.text
            has_changes = has_changes or is_changed
            problems += _done(file, formatted.text, mode, is_changed=is_changed)
    if problems:
        print(mistakes.show(problems), file=sys.stderr)  # noqa: T201  what is wrong
    return 1 if problems or (has_changes and mode is Mode.CHECK) else 0


def _done(file: RuleFile, text: str, mode: Mode, *, is_changed: bool) -> list[Diagnostic]:
    """Do with one file's text what is asked for; return what went wrong."""
    match mode:
        case Mode.PRINT:
            sys.stdout.write(text)
        case Mode.CHECK if is_changed:
            sys.stdout.write(f"{escape(file.name)} would change\n")
        case Mode.WRITE if is_changed and file.name != _STANDARD_INPUT_NAME:
            try:
                _write(rule_files.path_of_file(file.name), text)
            except OSError as error:
                return [rule_files.problem(file.name, error.strerror or str(error))]
            sys.stdout.write(f"{escape(file.name)} changed\n")
        case Mode.WRITE if file.name == _STANDARD_INPUT_NAME:
            sys.stdout.write(text)
        case Mode.CHECK | Mode.WRITE:
            pass
        case _:
            assert_never(mode)
    return []


def _write(path: Path, text: str) -> None:
    """Put the text in the file's place, whole or not at all."""
    path = path.resolve()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as new:
        try:
            new.write(text)
            new.close()
            shutil.copymode(path, new.name)
            _give_to_owner(path, new.name)
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def _give_to_owner(path: Path, new: str) -> None:
    """Let the file stay whose it was, if root formats it; nobody else may."""
    status = path.stat()
    if os.geteuid() == 0:
        os.chown(new, status.st_uid, status.st_gid)
