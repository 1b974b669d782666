"""What only some can read of JSON is replaced, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.sources.audit.mend import MAX_DEPTH, mended

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANYTHING)
def test_what_can_be_read_stays(anything: Any) -> None:
    """Text that everybody reads is the same afterwards, however its letters are written."""
    for is_ascii in (True, False):
        text = json.dumps(anything, ensure_ascii=is_ascii).encode()
        assert mended(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(rb'"\ud800"', '"\\ufffd"', id="a first half"),
        pytest.param(rb'"\udfffx"', '"\\ufffdx"', id="a second half"),
        pytest.param(rb'"\ud800\ud800\udc00"', '"\\ufffd\\ud800\\udc00"', id="a half and a pair"),
        pytest.param(rb'"\\ud800"', '"\\\\ud800"', id="a backslash, and letters"),
        pytest.param(b'"\xff"', '"\ufffd"', id="not UTF-8"),
    ],
)
def test_letters_that_nobody_has_are_replaced(text: bytes, expected: str) -> None:
    """Half a letter, and a byte that is none, become the sign for that."""
    assert mended(text).decode() == expected


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_what_is_nested_too_deeply_is_left_out(opening: str) -> None:
    """What lies too deep is nothing, and what stands beside it stays."""
    closing = "]" if opening == "[" else "}"
    deep = opening * 5_000 + "1" + closing * 5_000
    text = json.dumps({"verb": "x", "deep": 0, "after": '"}]'}).replace("0", deep)
    found = json.loads(mended(text.encode()))
    assert (found["verb"], found["after"]) == ("x", '"}]')
    depth, node = 1, found["deep"]
    while node is not None:
        depth, node = depth + 1, node[0] if opening == "[" else node["a"]
    assert depth == MAX_DEPTH


@pytest.mark.parametrize("text", [b'{"a": "', b"]" * 9_000, b'"' * 99_999, b"[" * 99_999, b"\\u"])
def test_what_is_no_json_costs_no_more(text: bytes) -> None:
    """Text that was made to be hard to take apart is gone through once."""
    assert isinstance(mended(text * 10), bytes)
