"""The vocabulary of event types."""

import pytest

from shikra.model.event_type import EventType
from shikra.model.event_types import NAMES, PRODUCED


@pytest.mark.parametrize("made", PRODUCED.values(), ids=lambda made: made.name)
def test_what_is_made_may_be_named(made: EventType) -> None:
    """A rule may name every type that is made, and each argument of it has a name of its own."""
    assert made.name in NAMES
    assert len(set(made.arguments)) == len(made.arguments)
