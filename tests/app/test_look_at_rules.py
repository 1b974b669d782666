"""``shikra rules list``, ``show`` and ``explain``."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from shikra.app import cli, rulebook, rules_plan

BAD = "- rule: Bad\n  desc: d\n  condition: proc.nmae = nc\n  output: o\n  priority: INFO\n"
PARTLY = """
- rule: Partly
  desc: d
  condition: evt.type = open and proc.name = nc and fd.name regex a+
  output: o
  priority: INFO
"""
OWN = """
- rule: Own
  desc: first
  condition: evt.type = open and proc.name = "a b"
  output: seen %proc.name
  priority: INFO
- rule: Own
  condition: and fd.num > 2
  override: {condition: append}
- rule: Off
  desc: "\\e[31mred"
  condition: evt.type = open
  output: o
  priority: error
  enabled: false
- rule: Audit
  desc: d
  condition: ka.verb = get
  output: o
  priority: INFO
  source: elsewhere
"""


@pytest.fixture(name="own")
def _own(tmp_path: Path) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    return str(path)


def test_rules_are_listed(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A list has a line a rule, which a program can cut at its tabs."""
    assert cli.main(["rules", "list", "-r", own]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["Own", "Informational", "on", f"{own}:2"],
        ["Off", "Error", "off", f"{own}:10"],
        ["Audit", "Informational", "skipped", f"{own}:16"],
    ]


def test_rules_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Without ``-r`` the packs are listed; JSON says all of each rule."""
    assert cli.main(["rules", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    read = rows["Vault secret read"]
    assert read["priority"] == "Critical"
    assert read["event_types"] == ["creat", "open", "open_by_handle_at", "openat", "openat2"]
    assert "Runtime interactive shell" in rows


def test_what_the_kernel_decides_is_listed(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan says of each rule, also of one that is off, how far the kernel decides it."""
    assert cli.main(["rules", "list", "--plan", "-r", own]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["Own", "exact", "0+1+1+0", "", ""],
        ["Off", "exact", "0+0+0+0", "", ""],
        ["Audit", "-", "-", "", ""],
    ]


def test_what_the_kernel_decides_is_listed_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON says which comparisons are decided when, and which are left and why."""
    path = tmp_path / "rules.yaml"
    path.write_text(PARTLY)
    assert cli.main(["rules", "list", "--plan", "--json", "-r", str(path)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["name"] == "Partly"
    assert row["plan"]["kernel"] == "superset"
    assert row["plan"]["event_types"] == ["open"]
    assert row["plan"]["comparisons"]["once a process"] == ['proc.name = "nc"']
    (left,) = row["plan"]["left"]
    assert left["comparison"] == 'fd.name regex "a+"'
    assert "regex" in left["reason"]


def test_a_rule_that_cannot_match_is_listed_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the condition excludes every event, the plan says ``never``."""
    path = tmp_path / "never.yaml"
    path.write_text(PARTLY.replace("evt.type = open", "evt.type = open and evt.type = execve"))
    assert cli.main(["rules", "list", "--plan", "-r", str(path)]) == 0
    assert capsys.readouterr().out.split("\t")[1] == "never"


def test_a_rule_past_the_bound_is_listed_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that the kernel's tables have no room for says so in its line, and in JSON."""
    path = tmp_path / "many.yaml"
    path.write_text("".join(PARTLY.replace("Partly", f"Partly{number}") for number in range(514)))
    assert cli.main(["rules", "list", "--plan", "-r", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Partly513\tuser-space only\t-\ttables full (512)\t"
    assert lines[0] == "Partly0\tsuperset\t0+1+0+0\tfd.name\t"
    assert cli.main(["rules", "list", "--plan", "--json", "-r", str(path)]) == 0
    plans = [row["plan"]["tables_full"] for row in json.loads(capsys.readouterr().out)]
    assert plans == [False] * 512 + [True] * 2


def test_a_terminal_shows_plans_as_a_table() -> None:
    """On a terminal there is a table with a sum, and a sentence that says how to read it."""
    console = Console(force_terminal=True, width=80, no_color=True)
    with console.capture() as captured:
        rules_plan.show(rulebook.read_book(["pack:vault-secrets"]), console)
    shown = captured.get()
    assert "Vault secret read" in shown
    assert "0 user-space only" in shown
    assert "shikra rules explain" in shown


def test_a_rule_is_shown_as_it_is_in_the_end(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule is shown with what was appended, and its text does nothing to the terminal."""
    assert cli.main(["rules", "show", "own", "-r", own]) == 0
    assert 'evt.type = open and proc.name = "a b" and fd.num > 2' in capsys.readouterr().out
    assert cli.main(["rules", "show", "off", "-r", own]) == 0
    shown = capsys.readouterr().out
    assert "\\u001b[31mred" in shown
    assert "\x1b" not in shown


def test_a_rule_is_explained(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Explaining prints the stages, numbered; a rule that isn't loaded says why."""
    assert cli.main(["rules", "explain", "Own", "-r", own]) == 0
    assert "7  What is left to Python" in capsys.readouterr().out
    assert cli.main(["rules", "explain", "Audit", "-r", own]) == 0
    assert "Unknown source elsewhere" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "show", "explain"])
def test_mistakes_are_told(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules with mistakes, and a name of no rule, are told on standard error."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD)
    words = ["rules", command] + (["Bad"] if command != "list" else [])
    assert cli.main([*words, "-r", str(bad)]) == 1
    assert 'did you mean "proc.name"' in capsys.readouterr().err
    if command != "list":
        assert cli.main(["rules", command, "Vault secret raed"]) == 1
        assert 'did you mean "Vault secret read"' in capsys.readouterr().err
