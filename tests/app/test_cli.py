"""The command line."""

from pathlib import Path

import pytest

import shikra
from shikra.app import cli


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["fly"], 'Unknown command "fly"', id="no such command"),
        pytest.param(["run", "--loud"], "--loud", id="no such option"),
        pytest.param(["run", "--for", "soon"], "soon", id="no number"),
        pytest.param(["run", "--for", "-1"], "Must be >= 0", id="no time"),
        pytest.param(["record", "x", "--for", "nan"], "Must be >= 0", id="no time of record"),
        pytest.param(["run", "--priority", "loud"], "expected one of emergency", id="no priority"),
        pytest.param(["replay"], "EVENTS", id="no events"),
        pytest.param(["replay", "--loud"], "--loud", id="no option of replay"),
        pytest.param(
            ["replay", "x", "--priority", "loud"], "expected one of", id="no priority of replay"
        ),
        pytest.param(["fields", "--source", "x"], "one of syscall, k8s_audit", id="no source"),
        pytest.param(["rules", "check"], "needs a PATH", id="nothing to check"),
        pytest.param(["record"], "FILE", id="an argument is missing"),
        pytest.param(["record", "x", "--types", "opne"], "expected some of", id="no type"),
    ],
)
def test_wrong_use_is_explained(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that is wrong says what is wrong and how to get help, and exits with 2."""
    assert cli.main(words) == 2
    message = capsys.readouterr().err
    assert told in message
    assert "shikra --help" in message


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """``--version`` prints the version alone."""
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == shikra.__version__


@pytest.mark.parametrize(
    "words",
    [
        *([], ["run"], ["record"], ["replay"], ["fields"], ["demo"], ["rules"], ["rules", "test"]),
        *(["rules", "list"], ["rules", "show"], ["rules", "explain"], ["rules", "fmt"]),
    ],
)
def test_every_command_explains_itself(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """``--help`` works everywhere."""
    assert cli.main([*words, "--help"]) == 0
    assert "Usage: shikra" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "begin"), [(["fields"], "evt.*"), (["fields", "--json"], "[")], ids=str
)
def test_fields_are_listed(
    words: list[str], begin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """``fields`` prints tables or JSON."""
    assert cli.main([*words, "--source", "syscall"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(begin)
    assert "proc.name" in shown
    assert "ka.verb" not in shown


def test_help_tells_what_ends_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    """That a reader which goes away ends nothing stands in the help."""
    assert cli.main(["run", "--help"]) == 0
    assert "It goes on when nobody reads" in capsys.readouterr().out


def test_rules_are_tested(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """``rules test`` runs tests, prints a table and writes JUnit's format."""
    junit = tmp_path / "junit.xml"
    assert cli.main(["rules", "test", "pack:runtime", "--junit", str(junit)]) == 0
    assert "Runtime sensitive file read" in capsys.readouterr().out
    assert junit.read_text().startswith("<?xml")


def test_rules_are_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """``rules check`` shows mistakes and exits with 1, or says that all is right."""
    assert cli.main(["rules", "check", "pack:runtime", "pack:vault-secrets"]) == 0
    assert "all right" in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "- rule: Bad\n  desc: d\n  condition: proc.nmae = nc\n  output: o\n  priority: INFO\n"
    )
    assert cli.main(["rules", "check", str(bad)]) == 1
    message = capsys.readouterr().err
    assert f"{bad}:3:14" in message
    assert 'did you mean "proc.name"' in message
