"""Numbers of things."""

import pytest

from shikra.app import plural


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 rules"), (1, "1 rule"), (2, "2 rules"), (1_234_567, "1,234,567 rules")],
)
def test_a_noun_goes_with_its_number(number: int, expected: str) -> None:
    """One is one, all others are many; large numbers are readable."""
    assert plural.count(number, "rule") == expected
