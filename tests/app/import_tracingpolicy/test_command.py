"""``shikra import tracingpolicy``."""

import io
import sys
from pathlib import Path

import pytest

from shikra.app import cli
from support import golden

_POLICY = """apiVersion: cilium.io/v1alpha1
kind: TracingPolicyNamespaced
metadata:
  name: keys
  namespace: shop
spec:
  kprobes:
    - call: security_file_open
      message: A stranger reads a key
      tags: [keys]
      args: [{index: 0, type: file}]
      selectors:
        - matchArgs: [{index: 0, operator: Prefix, values: [/run/keys/]}]
          matchPIDs: [{operator: NotIn, followForks: true, isNamespacePID: true, values: [1]}]
          matchActions: [{action: Sigkill}]
    - call: security_file_permission
      args: [{index: 0, type: file}]
      selectors:
        - matchArgs:
            - {index: 0, operator: Prefix, values: [/etc/]}
            - {index: 0, operator: FileType, values: [reg]}
          matchActions: [{action: Override, argError: -1}]
    - call: security_mmap_file
"""
_CLEAN = _POLICY.partition("    - call: security_file_permission")[0]
_OTHER = "kind: Pod\nmetadata: {name: p}\n"


@pytest.fixture(name="policy")
def _policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(_POLICY)
    return path


def test_rules_are_written_with_what_a_reader_must_know(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rules go to a file, what isn't translated is told with its line, a count at the end."""
    out = policy.parent / "rules.yaml"
    assert cli.main(["import", "tracingpolicy", str(policy), "-o", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    told = printed.err.replace(str(policy.parent), "")
    golden.check("import_tracingpolicy/rules.txt", f"{out.read_text()}---\n{told}")
    assert cli.main(["rules", "check", str(out)]) == 0
    assert cli.main(["rules", "fmt", "--check", str(out)]) == 0


def test_rules_are_printed(
    policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a file the rules are printed; a minus stands for standard input."""
    assert cli.main(["import", "tracingpolicy", str(policy)]) == 0
    printed = capsys.readouterr().out
    assert "enforce: kill" in printed
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(_POLICY.encode())))
    assert cli.main(["import", "tracingpolicy", "-"]) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(_CLEAN, 0, id="all of it is translated"),
        pytest.param(_POLICY, 1, id="some of it isn't"),
    ],
)
def test_strictly_everything_must_be_translated(policy: Path, text: str, code: int) -> None:
    """``--strict`` exits with 1 if anything isn't translated."""
    policy.write_text(text)
    assert cli.main(["import", "tracingpolicy", "--strict", str(policy)]) == code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(_OTHER, 'kind "Pod" is no policy', id="another object"),
        pytest.param("", "there is no policy in it", id="nothing"),
        pytest.param("a: [\n", "LOAD_ERR_YAML_PARSE", id="no YAML"),
        pytest.param("- one\n", "expected keys and values", id="a list"),
        pytest.param(
            _CLEAN.replace("security_file_open", "tcp_close"), "no rule came of it", id="no rule"
        ),
    ],
)
def test_what_is_no_policy_is_told(
    policy: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file without a policy that becomes a rule is an error, and writes no file."""
    policy.write_text(text)
    out = policy.parent / "rules.yaml"
    assert cli.main(["import", "tracingpolicy", str(policy), "-o", str(out)]) == 1
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_one_wrong_object_keeps_no_other_from_being_translated(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The policies beside what is wrong are translated; the exit code tells."""
    policy.write_text(f"{_OTHER}---\n{_CLEAN}")
    assert cli.main(["import", "tracingpolicy", str(policy), "/nowhere.yaml"]) == 1
    printed = capsys.readouterr()
    assert "shop/keys: security_file_open" in printed.out
    assert "Pod" in printed.err
    assert "/nowhere.yaml" in printed.err


def test_a_file_that_cannot_be_written_is_told(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules that can't be written are an error."""
    out = policy.parent / "nowhere" / "rules.yaml"
    assert cli.main(["import", "tracingpolicy", str(policy), "-o", str(out)]) == 1
    assert str(out) in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--outt"], ["-x", "p.yaml"]])
def test_wrong_use_is_told(words: list[str]) -> None:
    """No file, or an option that there isn't, is wrong use."""
    assert cli.main(["import", "tracingpolicy", *words]) == 2
