"""
Find and read the files of rules that a user names: files, folders, ``pack:NAME``.

In: what ``rules_files`` or ``-r`` say. Out: the files' bytes in the order they are loaded. What
can't be read is a diagnostic, and the rest is read all the same, to tell all mistakes at once.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from shikra.app import packs
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.rules.build import RuleFile

UNREADABLE = "LOAD_ERR_FILE_READ"


class Found(msgspec.Struct, frozen=True):
    """Files as they were read, and what couldn't be."""

    files: tuple[RuleFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def read(entries: Iterable[str]) -> Found:
    """Read all files that these entries name."""
    found: list[RuleFile] = []
    problems: list[Diagnostic] = []
    for entry in entries:
        try:
            paths = packs.files(path_of(entry))
        except (packs.UnknownPackError, OSError) as error:
            problems.append(problem(entry, _reason(error)))
            continue
        if not paths:
            problems.append(problem(entry, "no rule files (*.yaml, *.yml) in it"))
        for path in paths:
            try:
                found.append(RuleFile(_shown(entry, path), _bytes_of(path)))
            except OSError as error:
                problems.append(problem(_shown(entry, path), _reason(error)))
    return Found(tuple(found), tuple(problems))


def path_of(entry: str) -> Path:
    """Return the file or folder of an entry."""
    return packs.find(entry) if entry.startswith(packs.PREFIX) else Path(entry)


def path_of_file(name: str) -> Path:
    """Return where a file is that was read."""
    if not name.startswith(packs.PREFIX):
        return Path(name)
    pack, _, file = name.partition("/")
    return packs.find(pack) / file


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError("not a file")  # a pipe would keep us waiting
    return path.read_bytes()


def _shown(entry: str, path: Path) -> str:
    """Name a file as its user knows it: ``pack:runtime/shell.yaml``."""
    return f"{entry}/{path.name}" if entry.startswith(packs.PREFIX) else str(path)


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def problem(name: str, message: str) -> Diagnostic:
    """Say of a file that it can't be read or written."""
    is_relative = not name.startswith((packs.PREFIX, "/"))
    return Diagnostic(
        severity=Severity.ERROR,
        code=UNREADABLE,
        message=message,
        span=Span(name, 1, 1),
        hint=f"relative to {Path.cwd()}" if is_relative else "",
    )
