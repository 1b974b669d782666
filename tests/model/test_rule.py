"""Priorities as users write them."""

import pytest

from shikra.model.rule import Priority


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        pytest.param("Critical", Priority.CRITICAL, id="as Falco prints it"),
        pytest.param("WARNING", Priority.WARNING, id="any case"),
        pytest.param("info", Priority.INFORMATIONAL, id="short form"),
        pytest.param("warn", None, id="no other abbreviation"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_priority_is_found_by_its_name(text: str, priority: Priority | None) -> None:
    """Falco's eight names and one short form, in any case, are priorities; nothing else is."""
    assert Priority.named(text) is priority
