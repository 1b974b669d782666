"""
Read examples from the reference data as rows of a test.

In: the name of a file of ``data/conformance``. Out: one parameter an example, named after the
upstream test and line that it comes from.
"""

import json
from typing import Any

import pytest

from support import shared


def rows(name: str, key: str = "vectors") -> list[Any]:
    """Return the examples of a file; skips the module where there is no reference data."""
    path = shared.shared_data(f"data/conformance/{name}.json")
    found = json.loads(path.read_text())[key]
    return [pytest.param(one, id=_id(one, index)) for index, one in enumerate(found)]


def _id(one: dict[str, Any], index: int) -> str:
    test = str(one.get("test") or one.get("upstream_test") or one.get("name") or "row")
    return f"{index}-{test.rpartition('.')[2]}"
