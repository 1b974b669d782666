"""What a test changes in a document."""

from typing import Any

import pytest
import yaml

from shikra.app import rule_test_change


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("true", True, id="a truth"),
        pytest.param("~", None, id="nothing"),
        pytest.param("", None, id="nothing written"),
        pytest.param("null", None, id="null"),
        pytest.param("-8080", -8080, id="a number"),
        pytest.param("0.5", 0.5, id="a fraction"),
        pytest.param("'8080'", "8080", id="a number in quotes"),
        pytest.param("no", "no", id="a word that is a truth in old YAML"),
        pytest.param("0755", "0755", id="an octal number"),
        pytest.param("{a: [1, {b: x}]}", {"a": [1, {"b": "x"}]}, id="nested"),
    ],
)
def test_scalars_are_what_json_has_them_for(text: str, value: Any) -> None:
    """Truths, numbers and null are themselves where they are plain; all else is text."""
    node = yaml.compose(text or "''", Loader=yaml.CSafeLoader)
    if not text:
        node.style = None
    assert rule_test_change.value(node) == value


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"a": {"c": 3}}, {"a": {"b": 1, "c": 3}, "l": [1, 2]}, id="a key"),
        pytest.param({"a": {"b": None}}, {"a": {}, "l": [1, 2]}, id="a key is taken away"),
        pytest.param({"l": [3]}, {"a": {"b": 1}, "l": [3]}, id="a list is put in its place"),
        pytest.param({"a": 1, "l": None}, {"a": 1}, id="an object becomes a number"),
        pytest.param(
            {"n": {"m": {"x": None}}},
            {"a": {"b": 1}, "l": [1, 2], "n": {"m": {}}},
            id="a new object",
        ),
    ],
)
def test_a_change_is_merged(change: dict[str, Any], found: dict[str, Any]) -> None:
    """Objects are merged as RFC 7396 says, and the document stays as it was."""
    document = {"a": {"b": 1}, "l": [1, 2]}
    assert rule_test_change.merged(document, change) == found
    assert document == {"a": {"b": 1}, "l": [1, 2]}
