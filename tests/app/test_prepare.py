"""From what a user asked for to a plan."""

from pathlib import Path

import pytest

from shikra.app import prepare, progress
from shikra.app.prepare import Mistaken, Prepared, Request
from shikra.model.rule import Priority

RULE = (
    "- rule: {name}\n  desc: d\n  condition: evt.type = openat and fd.name = /a\n"
    "  output: o\n  priority: {priority}\n"
)


def prepared(request: Request) -> Prepared:
    """Return what a request that is right asks for."""
    result = prepare.prepare(request, {})
    assert isinstance(result, Prepared), result
    return result


def mistakes(request: Request) -> list[str]:
    """Return what is wrong with a request."""
    result = prepare.prepare(request, {})
    assert isinstance(result, Mistaken)
    return [str(diagnostic) for diagnostic in result.diagnostics]


def names(result: Prepared) -> list[str]:
    """Return the rules of a plan."""
    return [rule.info.name for rule in result.plan.rules]


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """Write a file of two rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(
        RULE.format(name="Loud", priority="ERROR") + RULE.format(name="Quiet", priority="DEBUG")
    )
    return str(path)


def test_without_anything_the_packs_are_loaded() -> None:
    """No file is needed: the defaults are complete and right."""
    result = prepared(Request())
    assert {"Runtime sensitive file read", "Runtime interactive shell"} <= set(names(result))
    assert {"openat", "execve", "connect"} <= result.plan.event_types


def test_the_packs_need_no_audit_log() -> None:
    """Rules of the packs that wait for the audit log are told at the start, not warned of."""
    off = prepared(Request())
    assert not off.warnings
    assert "3 of them wait for the audit log" in progress.rules(off)
    on = prepared(Request(options=("audit.webhook.enabled=true",)))
    assert names(on) == names(off)
    assert "wait for" not in progress.rules(on)


def test_rules_that_nothing_feeds_are_warned_of_once(tmp_path: Path) -> None:
    """Rules on audit events are loaded, and one warning says that none of them can fire."""
    path = tmp_path / "audit.yaml"
    audit = RULE.replace("evt.type = openat and fd.name = /a", "ka.verb = get")
    path.write_text(
        "".join(
            audit.format(name=name, priority="INFO") + "  source: k8s_audit\n" for name in "ABC"
        )
    )
    result = prepared(Request(rules=(str(path),)))
    assert names(result) == ["A", "B", "C"]
    (warning,) = result.warnings
    assert warning.code == "SHIKRA_SOURCE_NOT_FED"
    assert warning.message.endswith("the rule can't fire (3 rules)")


def test_the_command_line_wins(tmp_path: Path, rules: str) -> None:
    """Rules, priority and JSON of the command line replace those of the configuration."""
    config = tmp_path / "shikra.yaml"
    config.write_text("rules_files: [pack:runtime]\npriority: debug\n")
    request = Request(config=config, rules=(rules,), json=True, priority=Priority.WARNING)
    result = prepared(request)
    assert names(result) == ["Loud"]
    assert result.settings.json_output
    assert result.settings.priority is Priority.WARNING


def test_the_configuration_selects_rules(tmp_path: Path, rules: str) -> None:
    """Rules that the configuration switches off aren't part of the plan."""
    config = tmp_path / "shikra.yaml"
    config.write_text(f"rules_files: [{rules}]\nrules: [disable: {{rule: Lo*}}]\n")
    assert names(prepared(Request(config=config))) == ["Quiet"]


def test_mistakes_in_rules_stop_everything(tmp_path: Path, rules: str) -> None:
    """All mistakes of all files are told, with file and line, and nothing is loaded."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        RULE.format(name="A", priority="ERROR").replace("fd.name", "fd.nmae")
        + RULE.format(name="B", priority="LOUD")
    )
    text = "\n".join(mistakes(Request(rules=(rules, str(bad), "missing.yaml"))))
    assert f"{bad}:3:" in text
    assert 'did you mean "fd.name"' in text
    assert f"{bad}:10:" in text
    assert "missing.yaml:1:1: LOAD_ERR_FILE_READ No such file or directory" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(b"- rule: \xff", "UTF-8", id="no UTF-8"),
        pytest.param(b"rule: A", "not yaml array", id="no list"),
        pytest.param(b"just text", "not yaml", id="no YAML structure"),
        pytest.param(b"[", "yaml", id="no YAML"),
    ],
)
def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path, text: bytes, expected: str) -> None:
    """Each kind of wrong content has its message, which names the file."""
    path = tmp_path / "bad.yaml"
    path.write_bytes(text)
    (message,) = mistakes(Request(rules=(str(path),)))
    assert message.startswith(str(path))
    assert expected.lower() in message.lower()


def test_a_missing_configuration_is_told(tmp_path: Path) -> None:
    """The message names the file."""
    (message,) = mistakes(Request(config=tmp_path / "no.yaml"))
    assert f"{tmp_path}/no.yaml: No such file or directory" in message
