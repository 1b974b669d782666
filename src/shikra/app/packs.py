"""
Where rule packs and their files are.

A pack is a folder of rules: ``pack:runtime`` is the one of that name among those that come with
Shikra. In a checkout they are in ``rules/``, in an installed package beside its code. Files that
end in ``.test.yaml`` are a pack's tests and never loaded as rules.
"""

import difflib
from pathlib import Path

PREFIX = "pack:"
_HERE = Path(__file__).resolve()
_INSTALLED = _HERE.parents[1] / "packs"
_CHECKOUT = _HERE.parents[3] / "rules"


class UnknownPackError(Exception):
    """No pack has that name; says which there are."""


def names() -> list[str]:
    """Name the packs that come with Shikra."""
    root = _root()
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []


def find(name: str) -> Path:
    """Return the folder of a pack, which may be named with or without ``pack:``."""
    name = name.removeprefix(PREFIX)
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = (
            f'did you mean "{near[0]}"?' if near else "there are: " + (", ".join(known) or "none")
        )
        raise UnknownPackError(f'no pack is named "{name}": {hint}')
    return _root() / name


def files(path: Path) -> list[Path]:
    """List the rule files of a folder in the order they are loaded; a file stands for itself."""
    if not path.is_dir():
        return [path]
    return sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix in {".yaml", ".yml"} and not is_test(entry) and entry.is_file()
    )


def is_test(path: Path) -> bool:
    """Whether a file holds tests of rules."""
    return path.name.endswith((".test.yaml", ".test.yml"))


def _root() -> Path:
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
