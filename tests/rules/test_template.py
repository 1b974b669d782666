"""Outputs to templates."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("template"))
def test_template_cases(given: str, result: str) -> None:
    """An output has the parts that its case shows, or the mistakes at their places."""
    assert rendering.templated(given) == result
