"""Of a long event, what is short is read."""

import json

import pytest

from shikra.sources.audit.shorten import shortened
from support.audited import document


@pytest.mark.parametrize("part", ["requestObject", "responseObject", "annotations", "userAgent"])
def test_the_longest_part_is_left_out(part: str) -> None:
    """Whichever part is long, the others are there."""
    event = document(**{part: {"x": "x" * 10_000}})
    found = shortened(json.dumps(event).encode(), 4_096)
    assert found == {key: value for key, value in event.items() if key != part}


def test_no_more_is_read_than_is_allowed() -> None:
    """Very many short parts are no way around the bound."""
    event = {str(number): "x" * 10 for number in range(10_000)}
    assert len(json.dumps(shortened(json.dumps(event).encode(), 4_096))) < 3 * 4_096
