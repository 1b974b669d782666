"""What is said of rules that ask for more than an alert."""

from pathlib import Path
from typing import NoReturn

import pytest

from shikra.app import check, cli, prepare
from shikra.app.prepare import Mistaken, Prepared, Request
from shikra.rules.ir import RuleSet
from support.rulesets import rule_text

EXACT = "evt.type in (open, openat) and container.id != host and fd.name startswith /mnt/"
MACRO = "- macro: odd\n  condition: (fd.nameraw = /mnt/a)\n"
REFUSED = (
    "a.yaml:2:15: SHIKRA_CANT_ENFORCE this rule can't {} for sure: "
    'fd.nameraw = "/mnt/a": fd.nameraw isn\'t known to the kernel'
)


@pytest.fixture(name="write")
def _write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Write":
    monkeypatch.chdir(tmp_path)
    return Write(tmp_path)


class Write:
    """Writes the rules that are looked at."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder."""
        self._folder = folder

    def __call__(self, text: str) -> str:
        """Return the file's name."""
        (self._folder / "a.yaml").write_text(text)
        return "a.yaml"


@pytest.mark.parametrize("means", ["kill", "deny"])
def test_a_rule_that_isnt_exact_is_refused_where_it_isnt(
    means: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checking and starting refuse it, at the comparison, in the macro that holds it."""
    file = write(MACRO + rule_text(f"{EXACT} and odd", enforce=means))
    assert check.check([file]) == 1
    assert REFUSED.format(means) in capsys.readouterr().err
    refused = prepare.prepare(Request(rules=(file,)), {})
    assert isinstance(refused, Mistaken)
    assert any(str(one).startswith(REFUSED.format(means)) for one in refused.diagnostics)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({}, id="only alerts"),
        pytest.param({"enforce": "kill", "enabled": "false"}, id="is switched off"),
    ],
)
def test_a_rule_that_enforces_nothing_need_not_be_exact(keys: dict[str, str], write: Write) -> None:
    """Alerts and rules that are off may ask anything."""
    file = write(MACRO + rule_text(f"{EXACT} and odd", **keys))
    assert check.check([file]) == 0
    assert isinstance(prepare.prepare(Request(rules=(file,)), {}), Prepared)


def test_without_tables_nothing_is_enforced_in_silence(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the tables can't be made, a rule that asks for more than an alert doesn't start."""

    def fail(_ruleset: RuleSet) -> NoReturn:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(prepare, "compile_tables", fail)
    refused = prepare.prepare(Request(rules=(write(rule_text(EXACT, enforce="kill")),)), {})
    assert isinstance(refused, Mistaken)
    assert [one.code for one in refused.diagnostics] == ["SHIKRA_CANT_ENFORCE"]
    assert isinstance(prepare.prepare(Request(rules=(write(rule_text(EXACT)),)), {}), Prepared)


@pytest.mark.parametrize(
    ("condition", "means", "codes"),
    [
        pytest.param(EXACT, "deny", set(), id="deny"),
        pytest.param(EXACT, "kill", {"SHIKRA_DENY_IS_SURER"}, id="kill who reads"),
        pytest.param(
            "evt.type = unlink and fs.path.name = /a",
            "kill",
            {"SHIKRA_KILLED_TOO_LATE"},
            id="kill who has removed",
        ),
    ],
)
def test_what_killing_doesnt_prevent_is_said(
    condition: str, means: str, codes: set[str], write: Write
) -> None:
    """A rule that enforces loads, and its author hears what it leaves open."""
    prepared = prepare.prepare(Request(rules=(write(rule_text(condition, enforce=means)),)), {})
    assert isinstance(prepared, Prepared)
    told = {one.code for one in prepared.warnings}
    assert told == codes
    assert prepared.plan.tables is not None


@pytest.mark.parametrize(
    ("text", "listed", "told"),
    [
        pytest.param(rule_text(EXACT, enforce="deny"), "deny", "It denies", id="deny"),
        pytest.param(rule_text(EXACT, enforce="kill"), "kill", "another thread", id="kill"),
        pytest.param(
            rule_text(EXACT, enforce="deny", on_timeout="deny", include_init="true"),
            "deny",
            "in time is refused, and counted.\n   A container's first process isn't spared",
            id="all keys",
        ),
        pytest.param(
            rule_text(f"{EXACT} and fd.nameraw = /a", enforce="kill"),
            "kill: refused",
            "Nothing: this rule can't kill for sure",
            id="refused",
        ),
    ],
)
def test_what_a_rule_does_is_explained_and_listed(
    text: str, listed: str, told: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever looks at a rule learns what it does, or why it can't."""
    file = write(text)
    assert cli.main(["rules", "list", "--plan", "-r", file]) == 0
    assert capsys.readouterr().out.rstrip("\n").split("\t")[-1] == listed
    assert cli.main(["rules", "explain", "R", "-r", file]) == 0
    assert told in capsys.readouterr().out
    assert cli.main(["rules", "show", "R", "-r", file]) == 0
    assert f"enforce     {listed.partition(':')[0]}" in capsys.readouterr().out
