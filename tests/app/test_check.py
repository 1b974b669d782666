"""Rule files that are checked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shikra.app import check
from shikra.rules import codes
from support.rulesets import rule_text

R = rule_text("evt.type = open")
EXCEPTION = (
    "  exceptions:\n  - {name: e, fields: [proc.name], values: [[a]]}\n"
    "  - {name: e, fields: [proc.name], values: [[b]]}\n"
)
APPENDED = "- rule: R\n  exceptions:\n  - {name: e}\n  append: true\n"
Row = tuple[str, str, str, str, int, int]
OF_EACH_CODE: list[Row] = [
    ("LOAD_ERR_YAML_PARSE", "error", "- list: [", 'rules content ""', 1, 10),
    ("LOAD_ERR_YAML_VALIDATE", "error", "- list: l\n", 'list "l"', 1, 3),
    (
        "LOAD_ERR_COMPILE_CONDITION",
        "error",
        rule_text("evt.type = open and proc.nmae = x"),
        'rule "R"',
        4,
        25,
    ),
    (
        "LOAD_ERR_COMPILE_OUTPUT",
        "error",
        rule_text("evt.type = open", "x %proc.nmae"),
        'rule "R"',
        5,
        13,
    ),
    ("LOAD_ERR_VALIDATE", "error", rule_text("evt.type = open and m"), 'rule "R"', 4, 25),
    ("LOAD_UNKNOWN_SOURCE", "warning", rule_text("a.b = c", source="x"), 'rule "R"', 1, 9),
    (
        "LOAD_UNSAFE_NA_CHECK",
        "warning",
        rule_text("ka.verb = <NA>", source="k8s_audit"),
        'rule "R"',
        4,
        15,
    ),
    ("LOAD_NO_EVTTYPE", "warning", rule_text("proc.name = x"), 'rule "R"', 1, 9),
    (
        "LOAD_UNKNOWN_FILTER",
        "warning",
        rule_text("evt.type = open and a.b = c", **{"skip-if-unknown-filter": "true"}),
        'rule "R"',
        1,
        9,
    ),
    ("LOAD_UNUSED_MACRO", "warning", "- macro: m\n  condition: a.b = c\n", 'macro "m"', 1, 10),
    ("LOAD_UNUSED_LIST", "warning", "- list: l\n  items: [a]\n", 'list "l"', 1, 9),
    ("LOAD_UNKNOWN_ITEM", "warning", "- rul: R\n", 'rules content item ""', 1, 3),
    ("LOAD_DEPRECATED_ITEM", "warning", R + "- rule: R\n  enabled: no\n", 'rule "R"', 8, 3),
    (
        "LOAD_APPEND_NO_VALUES",
        "warning",
        R + EXCEPTION.replace("name: e", "name: f", 1) + APPENDED,
        'exception "e"',
        12,
        12,
    ),
    ("LOAD_EXCEPTION_NAME_NOT_UNIQUE", "warning", R + EXCEPTION, 'exception "e"', 9, 12),
    (
        "LOAD_INVALID_MACRO_NAME",
        "warning",
        "- macro: a-b\n  condition: a.b = c\n",
        'macro "a-b"',
        1,
        10,
    ),
    ("LOAD_INVALID_LIST_NAME", "warning", "- list: a b\n  items: [a]\n", 'list "a b"', 1, 9),
    (
        "LOAD_COMPILE_CONDITION",
        "warning",
        rule_text("evt.type = open and proc.name = proc.pname"),
        'rule "R"',
        4,
        37,
    ),
    ("LOAD_UNKNOWN_KEY", "warning", R + "  colour: red\n", 'rule "R"', 7, 3),
]


def checked(*paths: Path, capsys: pytest.CaptureFixture[str], strict: bool = False) -> Any:
    """Return exit code and results of a check in JSON."""
    code = check.check([str(path) for path in paths], as_json=True, is_strict=strict)
    return code, json.loads(capsys.readouterr().out)["falco_load_results"]


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row[0]) for row in OF_EACH_CODE],
)
def test_each_code_is_given_with_its_place(
    row: Row, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each code of Falco's occurs, as what it is, in its item and at its place."""
    code, severity, text, item, line, column = row
    path = tmp_path / "a.yaml"
    path.write_text(text)
    exit_code, (result,) = checked(path, capsys=capsys)
    found = next(one for one in result[f"{severity}s"] if one["code"] == code)
    place = found["context"]["locations"][-1]
    assert f'{place["item_type"]} "{place["item_name"]}"' == item
    assert place["position"] == {
        "name": str(path),
        "line": line,
        "column": column,
        "offset": sum(map(len, text.splitlines(keepends=True)[: line - 1])) + column - 1,
    }
    assert result["successful"] is (severity == "warning")
    assert exit_code == (severity == "error")


def test_each_of_falcos_codes_has_a_row() -> None:
    """No code is left out but that of an unreadable file, which has a test of its own."""
    rows = {row[0] for row in OF_EACH_CODE} | {"LOAD_ERR_FILE_READ"}
    assert rows == {code for code in codes.ABOUT if code.startswith("LOAD_")}


def test_what_cannot_be_read_is_a_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that isn't there fails by itself; the others have their results."""
    good = tmp_path / "good.yaml"
    good.write_text(R)
    code, (first, last) = checked(tmp_path / "no.yaml", good, capsys=capsys)
    assert code == 1
    assert (first["name"], first["successful"]) == (str(good), True)
    assert (last["name"], last["successful"]) == (str(tmp_path / "no.yaml"), False)
    assert [error["code"] for error in last["errors"]] == ["LOAD_ERR_FILE_READ"]


@pytest.mark.parametrize(
    "text", [rule_text("evt.type = semop"), rule_text("evt.pluginname exists")]
)
def test_a_rule_that_cannot_fire_is_refused_if_strict(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nothing makes or fills yet is a warning, and an error with ``--strict``."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    code, (result,) = checked(path, capsys=capsys)
    assert (code, result["successful"], bool(result["warnings"])) == (0, True, True)
    code, (result,) = checked(path, capsys=capsys, strict=True)
    assert (code, result["successful"], result["warnings"]) == (1, False, [])
    assert result["errors"]


def test_text_shows_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All mistakes are told, each with the line, a mark under what is meant, and a hint."""
    path = tmp_path / "a.yaml"
    bad = rule_text("evt.type = open and proc.nmae = x")
    path.write_text("".join(bad.replace("rule: R", f"rule: R{n}") for n in range(50)))
    assert check.check([str(path)]) == 1
    hint = 'did you mean "proc.name"?'
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        f'{path}:4:25: LOAD_ERR_COMPILE_CONDITION unknown field "proc.nmae" – {hint}',
        "        evt.type = open and proc.nmae = x",
        "                            ^^^^^^^^^",
    ]
    assert (len(lines), lines[-1]) == (151, "50 mistakes")


def test_mistakes_come_in_the_order_of_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever finds a mistake, it is told by file and line, warnings last, and then how many."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    field, macro = "evt.type = open and proc.nmae = x", "evt.type = open and m"
    rules = [
        rule_text(text).replace("rule: R", f"rule: R{n}") for n, text in enumerate([field, macro])
    ]
    first.write_text("- list: l\n  items: [a]\n" + rules[0] + rules[1])
    second.write_text("- macro: n\n  condition: n\n")
    assert check.check([str(second), str(first)]) == 1
    lines = capsys.readouterr().err.splitlines()
    at = [line.removeprefix("warning: ").removeprefix(f"{tmp_path}/") for line in lines]
    assert [line[:6] for line in at if "LOAD" in line] == ["a.yaml"] * 2 + ["b.yaml", "a.yaml"]
    assert lines[-1] == "3 mistakes, 1 warning"


def test_of_a_file_with_very_many_mistakes_it_is_said_that_there_are_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number at the end doesn't claim to be all."""
    path = tmp_path / "a.yaml"
    path.write_text("- rule: R\n" * 400)
    assert check.check([str(path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "more than 300 mistakes"


def test_warnings_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files with warnings only are all right, and the last line says how many there are."""
    path = tmp_path / "a.yaml"
    path.write_text(R + "- list: l\n  items: []\n")
    assert check.check([str(path)]) == 0
    assert (
        capsys.readouterr().out
        == "1 file, 1 rule (1 exact, 0 superset, 0 user-space only): 1 warning\n"
    )


def test_a_reader_that_goes_away_is_no_problem(tmp_path: Path) -> None:
    """Nothing is said on standard error when nobody reads on, as with ``head``."""
    path = tmp_path / "a.yaml"
    path.write_text("- rul: R\n" * 5000)
    command = [sys.executable, "-m", "shikra.app.cli", "rules", "check", "--json", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  our own
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize("name", ["falco_rules", "k8s_audit_rules"])
def test_upstream_rules_are_right(
    name: str, shared_data: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Upstream's rules check without an error, and hold to the schema."""
    code, (result,) = checked(shared_data(f"data/rules/{name}.yaml"), capsys=capsys)
    assert (code, result["errors"], result["schema_validation"]) == (0, [], "ok")
