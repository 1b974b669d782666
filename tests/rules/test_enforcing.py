"""What rules ask for beside alerts."""

import pytest

from shikra.model.enforcement import Enforcement, Means, OnTimeout
from support import rulesets

CHOICES = "it is 'kill', 'deny' or [deny, kill]: the first of these that a machine can do"
OPEN = "evt.type = open and fd.name = /a"


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"enforce": "kill"}, Enforcement(means=Means.KILL), id="kill"),
        pytest.param({"enforce": "deny"}, Enforcement(means=Means.DENY), id="deny"),
        pytest.param({"enforce": "[deny]"}, Enforcement(means=Means.DENY), id="one in a list"),
        pytest.param(
            {"enforce": "[deny, kill]"},
            Enforcement(means=Means.DENY, otherwise=Means.KILL),
            id="deny, and where that can't be had kill",
        ),
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
        pytest.param({"enforce": "[deny, kill]"}, id="another means as well"),
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
            {"enforce": "[]"},
            f"LOAD_ERR_YAML_VALIDATE 'enforce' can't be '[]' – {CHOICES}",
            id="a list of nothing",
        ),
        pytest.param(
            {"enforce": "[deny, stop]"},
            f"LOAD_ERR_YAML_VALIDATE 'enforce' can't be '[deny, stop]' – {CHOICES}",
            id="unknown means in a list",
        ),
        pytest.param(
            {"enforce": "[deny, deny]"},
            f"LOAD_ERR_YAML_VALIDATE 'enforce' can't be '[deny, deny]' – {CHOICES}",
            id="the same twice",
        ),
        pytest.param(
            {"enforce": "[kill, deny]"},
            "LOAD_ERR_YAML_VALIDATE 'enforce' can't be '[kill, deny]': nearly every kernel kills,"
            f" so it would deny nowhere – {CHOICES}",
            id="what would never deny",
        ),
        pytest.param(
            {"enforce": "{deny: kill}"},
            "LOAD_ERR_YAML_VALIDATE Value is not a scalar value – 'enforce' must be a text",
            id="keys",
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


@pytest.mark.parametrize(
    ("condition", "is_needed"),
    [
        pytest.param("evt.type = ptrace", True, id="tracing"),
        pytest.param("evt.type in (open, pidfd_getfd)", True, id="a descriptor taken, too"),
        pytest.param("evt.type in (execve, execveat)", True, id="a program"),
        pytest.param("evt.type = open and evt.is_open_write = true", True, id="for writing"),
        pytest.param("evt.type = open and evt.is_open_read = true", False, id="for reading"),
        pytest.param('evt.type = open and fd.name glob "/proc/*/mem"', True, id="memory as a file"),
        pytest.param("evt.type = open and fd.name = /a", False, id="a file"),
        pytest.param("evt.type = open and fd.name in (/proc/1/mem, /a)", False, id="one of two"),
        pytest.param("evt.type = open and proc.name = a", False, id="any file"),
    ],
)
def test_what_the_guard_is_never_asked_about_is_known(condition: str, is_needed: bool) -> None:
    """Memory of processes, and files of the kernel, can be denied by a security module alone."""
    text = f"- macro: m\n  condition: ({condition})\n" + rulesets.rule_text("m", enforce="deny")
    asked = rulesets.only_rule(text).info.enforcement
    assert asked is not None
    assert asked.needs_module == is_needed
