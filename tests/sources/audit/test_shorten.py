"""Of a long event, what is short is read."""

import json

import pytest

from shikra.sources.audit.shorten import shortened
from support.audited import document


@pytest.mark.parametrize("part", ["requestObject", "responseObject", "annotations", "userAgent"])
def test_the_longest_part_is_left_out(part: str) -> None:
    """Whichever part is long, the others are there."""
    event = document(**{part: {"x": "x" * 10_000, "y": ["short"]}})
    found = shortened(json.dumps(event).encode(), 4_096)
    assert found == event | {part: {"y": ["short"]}}


def test_deep_parts_are_not_looked_into_for_ever() -> None:
    """What is long below many levels is left out as a whole."""
    deep: object = "x" * 5_000
    for _ in range(100):
        deep = {"a": deep}
    found = shortened(json.dumps({"verb": "get", "deep": deep}).encode(), 4_096)
    assert found["verb"] == "get"
    assert len(json.dumps(found)) < 200


def test_no_more_is_read_than_is_allowed() -> None:
    """Very many short parts are no way around the bound."""
    event = {str(number): "x" * 10 for number in range(10_000)}
    assert len(json.dumps(shortened(json.dumps(event).encode(), 4_096))) < 3 * 4_096
