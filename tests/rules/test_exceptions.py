"""Exceptions as a part of the condition."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("exceptions"))
def test_exceptions_cases(given: str, result: str) -> None:
    """A rule's condition leaves out what its case shows."""
    assert rendering.resolved(given) == result
