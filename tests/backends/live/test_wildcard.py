"""Globs, as fnmatch(3) takes them."""

import ctypes
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.live import wildcard

FNM_CASEFOLD = 16


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        pytest.param(b"", b"", True, id="nothing"),
        pytest.param(b"", b"a", False, id="nothing isn't something"),
        pytest.param(b"*", b"/a\n/.b", True, id="star takes anything"),
        pytest.param(b"a*b*c", b"axxbxxbxxc", True, id="several stars"),
        pytest.param(b"*ab", b"aab", True, id="end overlaps what was tried"),
        pytest.param(b"a*a", b"a", False, id="start and end don't share"),
        pytest.param(b"?", b"\xff", True, id="any byte"),
        pytest.param(b"?", b"", False, id="but one"),
        pytest.param(b"[a-c]", b"b", True, id="range"),
        pytest.param(b"[!a-c]", b"b", False, id="negated range"),
        pytest.param(b"[^a-c]", b"/", True, id="negated by a caret"),
        pytest.param(b"[]a]", b"]", True, id="bracket first is a member"),
        pytest.param(b"[a-]", b"-", True, id="hyphen last is a member"),
        pytest.param(b"[c-a]", b"b", False, id="range backwards is empty"),
        pytest.param(b"[!c-a]", b"b", True, id="and its negation is everything"),
        pytest.param(b"[[:digit:]x]", b"7", True, id="class"),
        pytest.param(b"[[:digit:]x]", b":", False, id="whose name is no member"),
        pytest.param(b"[a", b"[a", True, id="bracket never closed"),
        pytest.param(b"[\\]]", b"]", True, id="quoted inside"),
        pytest.param(b"\\*", b"*", True, id="quoted star"),
        pytest.param(b"\\*", b"a", False, id="is only a star"),
        pytest.param(b"a\\", b"a\\", False, id="nothing is quoted"),
        pytest.param(b"{a,b}", b"{a,b}", True, id="braces are letters"),
        pytest.param(b"a.c", b"abc", False, id="a dot is a dot"),
    ],
)
def test_patterns(pattern: bytes, text: bytes, holds: bool) -> None:
    """A pattern matches the whole text, byte by byte."""
    assert bool(wildcard.matcher(pattern)(text)) is holds


def test_case_is_that_of_ascii() -> None:
    """Ignoring case folds A to Z and nothing else."""
    matches = wildcard.matcher("Ä*[x-z]".encode(), ignore_case=True)
    assert matches("Ä!Y".encode())
    assert not matches("ä!Y".encode())


@given(
    st.text("ab*?[]!^-\\", max_size=8).map(str.encode),
    st.text("ab]-!^\\", max_size=8).map(str.encode),
    st.booleans(),
)
def test_patterns_agree_with_the_c_library(pattern: bytes, text: bytes, fold: bool) -> None:
    """What fnmatch(3) says of a pattern and a text is what we say."""
    fnmatch = ctypes.CDLL(None).fnmatch
    said = fnmatch(pattern, text, FNM_CASEFOLD if fold else 0) == 0
    assert bool(wildcard.matcher(pattern, ignore_case=fold)(text)) is said


def test_time_is_bounded() -> None:
    """A pattern of many stars on the longest path is decided at once."""
    matches = wildcard.matcher(b"*a" * 40 + b"b")
    started = time.perf_counter()
    assert not matches(b"a" * 4096)
    assert time.perf_counter() - started < 1


def test_no_pattern_is_a_broken_expression() -> None:
    """Whatever bytes a rule's pattern has, it compiles."""
    for byte in range(256):
        for frame in (b"%s", b"[%s]", b"[!%s-z]", b"[a-%s]", b"\\%s", b"[[:%s:]]"):
            pattern = frame % bytes((byte,))
            assert not wildcard.matcher(b"x" + pattern)(b"")
