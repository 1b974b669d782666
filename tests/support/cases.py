"""
Read case files: what a pass makes of what, as text.

A case is a line that begins with ``# `` and says what it shows, the input, a line of three
dashes, and the result. In: a folder below ``tests/cases``. Out: a parameter a case, whose id is
the line that says what it shows.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "cases"


def rows(folder: str) -> list[object]:
    """Return input and result of every case of a folder."""
    found: list[object] = []
    for path in sorted((ROOT / folder).glob("*.case")):
        for block in f"\n{path.read_text()}".split("\n# ")[1:]:
            reason, _, rest = block.partition("\n")
            given, dashes, result = rest.partition("\n---\n")
            assert dashes, f"{path.name}: {reason}: three dashes are missing"
            found.append(pytest.param(given, result.strip("\n"), id=f"{path.stem}: {reason}"))
    assert found, f"no case in {folder}"
    return found
