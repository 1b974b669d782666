"""What is defined in the end."""

import pytest

from shikra.model import rule
from support import rulesets

BASE = """
- rule: R
  desc: base
  condition: evt.type = open
  output: seen
  priority: INFO
  tags: [b, a]
"""


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        pytest.param("condition: and x", "condition", "evt.type = open and x", id="condition"),
        pytest.param("output: more", "output", "seen more", id="output"),
        pytest.param("desc: more", "desc", "base more", id="description"),
        pytest.param("tags: [c, a]", "tags", ("a", "b", "c"), id="tags are joined as a set"),
    ],
)
def test_an_append_adds(change: str, attribute: str, value: object) -> None:
    """What is appended stands behind what was there."""
    key = change.partition(":")[0]
    found = rulesets.definitions(f"{BASE}- rule: R\n  {change}\n  override: {{{key}: append}}\n")
    assert not found.diagnostics
    changed = getattr(found.rules["R"], attribute)
    assert getattr(changed, "value", changed) == value


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        pytest.param("condition: x", "condition", "x", id="condition"),
        pytest.param("tags: [c]", "tags", ("c",), id="tags"),
        pytest.param("priority: alert", "priority", rule.Priority.ALERT, id="priority"),
        pytest.param("enabled: off", "enabled", False, id="enabled"),
        pytest.param("warn_evttypes: no", "warn_evttypes", False, id="warnings"),
        pytest.param("capture: yes", "capture", True, id="capture"),
        pytest.param("capture_duration: 5", "capture_duration", 5, id="its duration"),
        pytest.param("exceptions: []", "exceptions", (), id="exceptions"),
    ],
)
def test_a_replace_replaces(change: str, attribute: str, value: object) -> None:
    """What is replaced leaves nothing of what was there, and all else as it was."""
    key = change.partition(":")[0]
    found = rulesets.definitions(f"{BASE}- rule: R\n  {change}\n  override: {{{key}: replace}}\n")
    assert not found.diagnostics
    changed = getattr(found.rules["R"], attribute)
    assert getattr(changed, "value", changed) == value
    assert found.rules["R"].desc.value == "base"


def test_append_leaves_switches_alone() -> None:
    """With ``append: true`` only condition and exceptions count."""
    more = "- rule: R\n  condition: and x\n  append: true\n  enabled: false\n  priority: ALERT\n"
    found = rulesets.definitions(BASE + more).rules["R"]
    assert found.condition.value == "evt.type = open and x"
    assert (found.enabled, found.priority) == (True, rule.Priority.INFORMATIONAL)


def test_a_list_and_a_macro_keep_their_place() -> None:
    """A list or macro that is defined again counts from its first place, and sees to its last."""
    text = "- list: a\n  items: [x]\n- macro: m\n  condition: y\n- list: a\n  items: [z]\n"
    found = rulesets.definitions(text)
    assert (found.lists["a"].index, found.lists["a"].visibility) == (0, 2)
    assert [item.value for item in found.lists["a"].items] == ["z"]
