"""Looking things up in JSON of any shape finds what is there, or nothing."""

from typing import Any

import pytest

from shikra.sources.audit.document import at, each, text

SPEC = {"containers": [{"image": "a", "ports": [{"n": 1}, {"n": 2}]}, {}, {"image": "b"}]}


@pytest.mark.parametrize(
    ("keys", "index", "expected"),
    [
        pytest.param(("containers", "image"), None, ["a", "b"], id="each"),
        pytest.param(("containers", "image"), 2, ["b"], id="one"),
        pytest.param(("containers", "image"), 1, [], id="one that hasn't it"),
        pytest.param(("containers", "image"), 9, [], id="past the end"),
        pytest.param(("containers", "ports", "n"), None, [1, 2], id="lists in lists"),
        pytest.param(("containers", "ports", "n"), 0, [1, 2], id="the index is of the first list"),
        pytest.param(("nothing", "image"), None, [], id="missing"),
        pytest.param(("containers", "image", "x"), None, [], id="a key of text"),
    ],
)
def test_lists_are_gone_through(keys: tuple[str, ...], index: int | None, expected: Any) -> None:
    """A list on the way stands for its elements; an index takes one of the first list."""
    assert list(each(SPEC, keys, index)) == expected


@pytest.mark.parametrize("node", [None, 1, "x", [], {"a": []}, {"a": None}])
def test_what_is_not_there_is_none(node: Any) -> None:
    """Going on from anything that isn't an object leads to nothing."""
    assert at(node, "a", "b") is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("é", "é".encode(), id="text"),
        pytest.param(True, b"true", id="true"),
        pytest.param(0, b"0", id="number"),
        pytest.param({"a": [1, None]}, b'{"a":[1,null]}', id="object"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_values_become_text(value: Any, written: bytes | None) -> None:
    """Text is what it is, all else compact JSON."""
    assert text(value) == written
