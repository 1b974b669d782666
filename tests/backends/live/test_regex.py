"""Regular expressions."""

import time

import pytest
import re2

from shikra.backends.live import regex


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        pytest.param(b"a|b", b"b", True, id="either"),
        pytest.param(b"a", b"ab", False, id="the whole"),
        pytest.param(b"[[:digit:]]+", b"42", True, id="class"),
        pytest.param(b"^a$", b"a", True, id="anchors of its own"),
        pytest.param(b".", b"\n", False, id="a dot is no newline"),
        pytest.param(b"..", b"\xc3\xa4", False, id="two bytes are one character"),
        pytest.param(b".", b"\xff", True, id="a bad byte is one character"),
    ],
)
def test_patterns(pattern: bytes, text: bytes, holds: bool) -> None:
    """A pattern matches the whole text, character by character."""
    assert regex.matcher(pattern)(text) is holds


def test_perl_classes_are_refused() -> None:
    """The syntax is POSIX: what Falco refuses isn't taken to mean something."""
    with pytest.raises(re2.error):
        regex.matcher(rb"\d")


def test_time_is_bounded() -> None:
    """A pattern that other engines take ages over is decided at once."""
    matches = regex.matcher(b"(a*)*(a*)*b")
    started = time.perf_counter()
    assert not matches(b"a" * 4096)
    assert time.perf_counter() - started < 1
