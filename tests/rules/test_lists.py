"""Lists put into conditions."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("lists"))
def test_lists_cases(given: str, result: str) -> None:
    """A condition has its lists in as its case shows."""
    assert rendering.resolved(given) == result
