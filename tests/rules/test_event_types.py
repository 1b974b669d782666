"""Which event types a condition can match."""

import pytest

from support import cases, rendering


@pytest.mark.parametrize(("given", "result"), cases.rows("event_types"))
def test_event_types_cases(given: str, result: str) -> None:
    """A condition has the event types that its case shows."""
    assert rendering.typed(given) == result
