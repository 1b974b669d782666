"""Which macro a name means."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("macros"))
def test_macros_cases(given: str, result: str) -> None:
    """A condition has its macros in as its case shows."""
    assert rendering.resolved(given) == result
