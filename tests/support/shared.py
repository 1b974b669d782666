"""
Find the folder of reference data that may lie beside the repository.

In: a path inside that folder. Out: where it is. The folder is ``$SHIKRA_SHARED``, else
``../shared``. A test that needs it is skipped where there is none, and fails where the variable
promises one that isn't there. Works inside a test, a fixture or while a module is collected.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "SHIKRA_SHARED"
BESIDE = Path(__file__).resolve().parents[2].parent / "shared"


def shared_data(path: str) -> Path:
    """Return where this file or folder of the reference data is; skip the test without it."""
    promised = os.environ.get(VARIABLE)
    found = Path(promised or BESIDE) / path
    if found.exists():
        return found
    if promised:
        pytest.fail(f"{VARIABLE} is {promised}, and {path} isn't there", pytrace=False)
    pytest.skip(f"no reference data: ../shared/{path} is absent", allow_module_level=True)
