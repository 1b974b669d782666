"""Trees to circuits."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("lower"))
def test_lower_cases(given: str, result: str) -> None:
    """A condition becomes the nodes that its case shows."""
    assert rendering.lowered(given) == result
