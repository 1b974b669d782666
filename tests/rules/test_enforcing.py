"""What rules ask for beside alerts."""

import pytest

from shikra.model.enforcement import Enforcement, Means, OnTimeout
from support import rulesets

OPEN = "evt.type = open and fd.name = /a"


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"enforce": "kill"}, Enforcement(means=Means.KILL), id="kill"),
        pytest.param({"enforce": "deny"}, Enforcement(means=Means.DENY), id="deny"),
        pytest.param(
            {"enforce": "deny", "on_timeout": "deny", "include_init": "yes"},
            Enforcement(means=Means.DENY, on_timeout=OnTimeout.DENY, includes_init=True),
            id="deny, all keys",
        ),
    ],
)
def test_keys_say_what_is_asked_for(keys: dict[str, str], asked: Enforcement | None) -> None:
    """A rule asks for what it says, and spares and allows where it says nothing."""
    assert rulesets.only_rule(rulesets.rule_text(OPEN, **keys)).info.enforcement == asked


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        pytest.param("enforce: kill", Enforcement(means=Means.KILL), id="means"),
        pytest.param(
            "on_timeout: deny",
            Enforcement(means=Means.DENY, on_timeout=OnTimeout.DENY),
            id="on time-out",
        ),
        pytest.param(
            "include_init: true", Enforcement(means=Means.DENY, includes_init=True), id="init"
        ),
    ],
)
def test_a_replace_changes_one_of_them(change: str, asked: Enforcement) -> None:
    """What a rule asks for is overridden key by key."""
    key = change.partition(":")[0]
    more = f"- rule: R\n  {change}\n  override: {{{key}: replace}}\n"
    found = rulesets.only_rule(rulesets.rule_text(OPEN, enforce="deny") + more)
    assert found.info.enforcement == asked


@pytest.mark.parametrize("key", ["enforce", "on_timeout", "include_init"])
def test_nothing_can_be_appended_to_them(key: str) -> None:
    """They hold one word each."""
    more = f"- rule: R\n  {key}: kill\n  override: {{{key}: append}}\n"
    loaded = rulesets.load(rulesets.rule_text(OPEN) + more)
    assert any("cannot be appended to" in str(one) for one in loaded.diagnostics)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"enforce": "deny"}, id="other means"),
        pytest.param({}, id="none"),
        pytest.param({"enforce": "kill", "include_init": "true"}, id="init"),
    ],
)
def test_a_revision_changes_with_what_is_asked_for(keys: dict[str, str]) -> None:
    """A rule that does something else is another revision."""
    revisions = {
        rulesets.only_rule(rulesets.rule_text(OPEN, **of)).info.revision
        for of in (keys, {"enforce": "kill"})
    }
    assert len(revisions) == 2


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param(
            {"enforce": "stop"},
            "LOAD_ERR_YAML_VALIDATE 'enforce' can't be 'stop' – it is 'kill' or 'deny'",
            id="unknown means",
        ),
        pytest.param(
            {"enforce": "deny", "on_timeout": "wait"},
            "LOAD_ERR_YAML_VALIDATE 'on_timeout' can't be 'wait' – it is 'allow' or 'deny'",
            id="unknown choice",
        ),
        pytest.param(
            {"enforce": "kill", "on_timeout": "deny"},
            "SHIKRA_ENFORCE_SAYS_NOTHING"
            " 'on_timeout' says nothing in a rule without 'enforce: deny'",
            id="a kill waits for nobody",
        ),
        pytest.param(
            {"include_init": "true"},
            "SHIKRA_ENFORCE_SAYS_NOTHING 'include_init' says nothing in a rule without 'enforce'",
            id="nothing to spare",
        ),
    ],
)
def test_what_makes_no_sense_is_said(keys: dict[str, str], said: str) -> None:
    """A wrong word is a mistake, a key without its other a warning."""
    loaded = rulesets.load(rulesets.rule_text(OPEN, **keys))
    assert any(str(one).endswith(said) for one in loaded.diagnostics)


def test_a_rule_on_audit_events_cant_enforce() -> None:
    """An audit event tells of what the API server has done."""
    text = rulesets.rule_text("ka.verb = get", source="k8s_audit", enforce="kill")
    loaded = rulesets.load(text)
    assert not loaded.ok
    assert "SHIKRA_CANT_ENFORCE" in rulesets.codes(loaded)


def test_comparisons_are_known_by_their_place_in_macros_too() -> None:
    """Whoever finds fault with a comparison can point at it, wherever it is written."""
    text = "- macro: m\n  condition: proc.name = sh\n" + rulesets.rule_text(
        f"{OPEN} and m", enforce="kill"
    )
    asked = rulesets.load(text).asked["R"]
    lines = {
        place.text.span(place.at.start, place.at.end).line for place in asked.comparisons.values()
    }
    assert lines == {2, 6}
