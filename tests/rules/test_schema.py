"""The verdict by the schema of rule files."""

import pytest

from shikra.rules import schema
from shikra.rules.build import RuleFile

RULE = "- rule: R\n  condition: a\n"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param("", "none", id="nothing"),
        pytest.param("- [", "none", id="no YAML"),
        pytest.param("---\n---\n-\n", "ok", id="empty documents and items"),
        pytest.param("a: b", "failed: / must be a list", id="no list"),
        pytest.param("- a", "failed: /0 must have keys", id="an item without keys"),
        pytest.param(RULE + "  priority: 5\n", "ok", id="a number is a text"),
        pytest.param(RULE + "  colour: red\n", "failed: /0/colour is no known key", id="unknown"),
        pytest.param(RULE + "  items: [a, 1]\n", "ok", id="a key of another kind of item"),
        pytest.param(RULE + "  items: [[a]]\n", "failed: /0/items/0 must be a text", id="nested"),
        pytest.param(RULE + "  desc:\n", "failed: /0/desc must be a text", id="nothing for a text"),
        pytest.param(RULE + "  capture: Yes\n", "ok", id="a flag"),
        pytest.param(
            RULE + '  capture: "yes"\n', "failed: /0/capture must be true or false", id="quoted"
        ),
        pytest.param(RULE + "  capture_duration: 10\n", "ok", id="a number"),
        pytest.param(
            RULE + "  capture_duration: ten\n",
            "failed: /0/capture_duration must be a number",
            id="no number",
        ),
        pytest.param(
            RULE + "  override: {condition: add}\n",
            "failed: /0/override/condition must be append or replace",
            id="no such change",
        ),
        pytest.param(
            RULE + "  exceptions:\n  - {name: e, fields: a, comps: [in], values: [[a, [b]]]}\n",
            "ok",
            id="an exception",
        ),
        pytest.param(
            "- required_plugin_versions:\n  - name: json\n    version: 1.2.3\n"
            "    alternatives: [{name: x, versoin: 1}]\n",
            "failed: /0/required_plugin_versions/0/alternatives/0/versoin is no known key",
            id="a plugin's alternative",
        ),
    ],
)
def test_a_file_is_held_against_the_schema(text: str, verdict: str) -> None:
    """The first thing that has another shape is told, with the way to it."""
    assert schema.verdict(RuleFile("a.yaml", text.encode())) == verdict
