"""
Compare long texts with files.

In: a file's name below ``tests/cases`` and the text that it should hold. Where the variable
``SHIKRA_WRITE_GOLDEN`` is set, the file is written instead: look at the difference before you
commit it.
"""

import os
from pathlib import Path

VARIABLE = "SHIKRA_WRITE_GOLDEN"
ROOT = Path(__file__).resolve().parents[1] / "cases"


def check(name: str, text: str) -> None:
    """Fail where the text isn't what the file holds."""
    path = ROOT / name
    if os.environ.get(VARIABLE):
        path.write_text(text)
    assert text == path.read_text(), f"set {VARIABLE}=1 to write {name} anew"
