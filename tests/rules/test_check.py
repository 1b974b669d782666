"""Comparisons with types."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("check"))
def test_check_cases(given: str, result: str) -> None:
    """Comparisons become the atoms that their case shows, or the mistakes at their places."""
    assert rendering.checked(given) == result
