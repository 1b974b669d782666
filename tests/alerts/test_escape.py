"""Escaping of what attackers write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.alerts.escape import UNPRINTABLE, escape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain /etc/shadow", "plain /etc/shadow", id="plain text stays"),
        pytest.param("Größe 猫", "Größe 猫", id="letters of all languages stay"),
        pytest.param("a\nb\tc\r", r"a\nb\tc\r", id="short escapes"),
        pytest.param("\x1b[2J", r"\u001b[2J", id="terminal sequence"),
        pytest.param("\x00\x07\x7f", r"\u0000\u0007\u007f", id="other control characters"),
        pytest.param("\x9b31m", r"\u009b31m", id="one-byte control sequence introducer"),
        pytest.param("gpj.\u202eexe", r"gpj.\u202eexe", id="right-to-left override"),
        pytest.param("a\u2066b\u2069", r"a\u2066b\u2069", id="bidirectional isolates"),
        pytest.param("a\u200bb\ufeff", r"a\u200bb\ufeff", id="invisible characters"),
        pytest.param("a\u2028b", r"a\u2028b", id="line separator"),
        pytest.param("\udc80", r"\udc80", id="lone surrogate"),
        pytest.param("\ufffd", "\ufffd", id="replacement of invalid UTF-8 stays"),
        pytest.param(r"C:\n", r"C:\n", id="a backslash stays"),
    ],
)
def test_unprintable_characters_are_written_out(text: str, expected: str) -> None:
    """Whatever a terminal would obey or hide is shown as JSON writes it; the rest stays."""
    assert escape(text) == expected


@given(st.text(st.characters()))
def test_nothing_unprintable_is_left(text: str) -> None:
    """Escaped text has no unprintable character and can be encoded."""
    escaped = escape(text)
    assert not UNPRINTABLE.search(escaped)
    assert escaped.encode().decode() == escaped
