"""``shikra audit check``, as its users run it."""

from pathlib import Path

import pytest

from shikra.app import cli

POLICY = Path(__file__).parents[3] / "docs" / "how-to" / "audit-policy.yaml"
PACKS = ("-r", "pack:runtime", "-r", "pack:k8s-audit")
BODIES = """\
  - level: Request
    verbs: [create, update, patch]
    resources:
      - {group: "", resources: [configmaps]}
"""


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run it; return the exit code and what was printed."""
    code = cli.main(["audit", "check", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_policy_of_the_docs_gives_the_packs_what_they_need(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All but the bodies of config maps, on purpose: they would be in the log."""
    line = POLICY.read_text().partition("  - level: Metadata")[0].count("\n") + 1
    assert run(capsys, str(POLICY), *PACKS) == (
        1,
        (
            f"Audit config map with credentials\n    {POLICY}:{line}: level Metadata, expected"
            " Request: create, update, patch configmaps\n44 rules on the audit log: 1 starved\n"
        ),
        "",
    )


def test_a_policy_that_starves_none_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the rule that the how-to shows, all packs have what they need."""
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.read_text().replace("rules:\n", f"rules:\n{BODIES}", 1))
    code, text, _ = run(capsys, str(file), *PACKS)
    assert (code, text) == (0, "44 rules on the audit log: none is starved\n")


@pytest.mark.parametrize(
    ("level", "said"),
    [
        pytest.param("None", "44 rules on the audit log: 44 starved\n", id="nothing is written"),
        pytest.param(
            "RequestResponse", "44 rules on the audit log: none is starved\n", id="all is"
        ),
    ],
)
def test_no_rule_of_the_packs_is_left_unjudged(
    level: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each rule is found to need something, and nothing that can't be written."""
    file = tmp_path / "policy.yaml"
    file.write_text(f"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{{level: {level}}}]\n")
    assert run(capsys, str(file), *PACKS)[1].endswith(said)


def test_rules_that_are_off_need_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What isn't loaded isn't starved."""
    off = "rules[].disable.rule=Audit config map*"
    code, text, _ = run(capsys, str(POLICY), *PACKS, "-o", off)
    assert (code, text) == (0, "43 rules on the audit log: none is starved\n")


@pytest.mark.parametrize(
    ("text", "words", "complaint"),
    [
        pytest.param("kind: Policy\nrulse: []\n", (), ":2:1: ", id="the policy"),
        pytest.param(None, ("-r", "/nowhere"), "/nowhere", id="the rules"),
        pytest.param(None, ("-r", "pack:vault-secrets"), "no rule on the audit log", id="no rules"),
    ],
)
def test_what_cannot_be_judged_is_told(
    text: str | None,
    words: tuple[str, ...],
    complaint: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A policy or rules with mistakes make exit code 1, with the place."""
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.read_text() if text is None else text)
    code, out, err = run(capsys, str(file), *words)
    assert (code, out) == (1, "")
    assert complaint in err


def test_a_policy_that_is_absent_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The file and the reason are named."""
    code, _, err = run(capsys, "/nowhere/policy.yaml", *PACKS)
    assert code == 1
    assert "/nowhere/policy.yaml" in err
    assert "No such file" in err
