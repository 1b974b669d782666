"""Rule tests find what is wrong with rules, and only that."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from shikra.app import packs, rule_tests
from support import audited

RULE = """\
- macro: opened
  condition: (evt.type = openat and evt.is_open_read = true)
- rule: Read secret
  desc: A secret is read.
  condition: opened and fd.name startswith /mnt/secrets/
  output: Secret read (file=%fd.name process=%proc.name)
  priority: CRITICAL
- rule: Read anything
  desc: Something is read.
  condition: opened
  output: Read
  priority: DEBUG
  enabled: false
"""
TEST = """\
rule: Read secret
base: {evt.type: openat, evt.is_open_read: true, fd.name: /mnt/secrets/key, proc.name: cat}
tests:
  - name: a secret
    fires: true
    expect: {output_contains: [file=/mnt/secrets/key, process=cat], matched_name: opened}
  - name: by a link
    fires: true
    event: {fd.name: /tmp/x, fd.realpath: /mnt/secrets/key}
    expect: {output_contains: [file=/tmp/x, fd_realpath=/mnt/secrets/key], matched_name: real}
  - name: something else
    fires: false
    event: {fd.name: /tmp/x}
  - name: a rule that is switched off
    rule: Read anything
    fires: true
"""


def _pack(folder: Path, rule: str = RULE, test: str = TEST) -> Path:
    (folder / "read.yaml").write_text(rule)
    (folder / "read.test.yaml").write_text(test)
    return folder


def _run(*paths: Path, junit: Path | None = None) -> tuple[int, str]:
    text = io.StringIO()
    code = rule_tests.run(paths, Console(file=text, width=200), junit)
    return code, text.getvalue()


@pytest.mark.parametrize("name", packs.names())
def test_the_packs_pass(name: str) -> None:
    """The rules that come with Shikra do what their tests say."""
    code, text = _run(Path(f"pack:{name}"))
    assert code == 0, text


@pytest.mark.parametrize("name", packs.names())
def test_every_rule_fires_and_stays_quiet(name: str) -> None:
    """Every rule of a pack has an event that fires it, and a near miss that doesn't."""
    report = rule_tests.test([packs.find(name)])
    tried = {(result.case.rule, result.case.fires) for result in report.results}
    rules = rule_tests.load(packs.find(name)).plan.rules
    assert tried == {(rule.info.name, fires) for rule in rules for fires in (True, False)}


def test_without_a_path_all_packs_are_tested() -> None:
    """No path means the packs that come with Shikra."""
    code, text = _run()
    assert code == 0
    assert "Vault secret read" in text
    assert "Runtime IMDS access" in text


def test_good_rules_pass(tmp_path: Path) -> None:
    """Rules that do as expected make exit code 0; each test is counted."""
    code, text = _run(_pack(tmp_path), junit=tmp_path / "report.xml")
    assert code == 0, text
    assert text.endswith("4 passed, 0 failed\n")
    assert (tmp_path / "report.xml").read_text().count("<testcase") == 4


def test_a_report_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where JUnit's file can't be written, the results are shown all the same; the code is 1."""
    junit = tmp_path / "nowhere" / "report.xml"
    code, text = _run(_pack(tmp_path), junit=junit)
    assert code == 1
    assert "4 passed" in text
    assert capsys.readouterr().err == f"can't write {junit}: No such file or directory\n"


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param("startswith /mnt/secrets/", "= /x", "stayed quiet", id="too narrow"),
        pytest.param("startswith /mnt/secrets/", "startswith /", "fired: Secret", id="too broad"),
        pytest.param("process=%proc.name", "x", 'lacks "process=cat"', id="another output"),
    ],
)
def test_a_broken_rule_fails(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """A rule that does something else than its tests say makes exit code 1 and is named."""
    rule = RULE.replace(right, wrong)
    code, text = _run(_pack(tmp_path, rule=rule))
    assert code == 1
    assert complaint in text
    assert f"{tmp_path}/read.test.yaml:" in text


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param(
            "evt.is_open_read: true, fd", "proc.nmae: x, fd", ":2:37: SHIKRA_TEST_VALUE", id="field"
        ),
        pytest.param("evt.type: openat", "evt.type: opn", 'unknown event type "opn"', id="type"),
        pytest.param("read: true", "read: 7", "expected true or false", id="value"),
        pytest.param("Read secret", "Raed secret", 'did you mean "Read secret"?', id="rule"),
        pytest.param("tests:", "test:", 'unknown key "test"', id="key"),
    ],
)
def test_a_mistake_in_a_test_fails(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """A test that says nothing sensible makes exit code 1, with its place."""
    code, text = _run(_pack(tmp_path, test=TEST.replace(right, wrong, 1)))
    assert code == 1
    assert complaint in text


def test_rules_that_cannot_be_loaded_fail(tmp_path: Path) -> None:
    """A mistake in a rule is reported with its place, and no test is tried."""
    code, text = _run(
        _pack(tmp_path, rule=RULE.replace("fd.name startswith", "fd.nmae startswith"))
    )
    assert code == 1
    assert f"{tmp_path}/read.yaml:5:25: LOAD_ERR_COMPILE_CONDITION" in text
    assert "0 passed, 0 failed, 1 mistake in files" in text


AUDIT_RULE = """\
- rule: Read secret
  desc: A secret is read.
  condition: ka.verb = get and ka.target.resource = secrets
  output: Secret read (user=%ka.user.name)
  priority: CRITICAL
  source: k8s_audit
"""
AUDIT_TEST = """\
rule: Read secret
events_file: log.json
tests:
  - name: as it is
    fires: false
  - name: a secret
    fires: true
    change: {objectRef: {resource: secrets}}
    expect: {output_contains: user=ann, alerts: 2}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param("", "", "2 passed, 0 failed", id="as it should be"),
        pytest.param("alerts: 2", "alerts: 1", "fired 2 times, expected 1", id="another number"),
        pytest.param("user=ann", "user=bob", 'lacks "user=bob"', id="another output"),
        pytest.param("log", "lg", ":2:14: SHIKRA_TEST_READ lg.json: No such file", id="no file"),
        pytest.param("resource: secrets", "resource: null", "stayed quiet", id="taken away"),
        pytest.param(
            "{objectRef: {resource: secrets}}",
            "{stageTimestamp: soon}",
            "change: no time: expected stageTimestamp",
            id="no event after the change",
        ),
        pytest.param(
            "log.json", "no-log.json", "no-log.json:1: event 1 in it: not json", id="no JSON"
        ),
        pytest.param("log.json", "none.json", "none.json holds no events", id="no events"),
        pytest.param("log.json", "flat.json", "a recorded event can't be changed", id="recorded"),
    ],
)
def test_events_of_a_file_are_tried(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """All events of the file are tried, changed as the test says; what is wrong is told."""
    log = json.dumps([audited.document(), audited.document()], indent=2)
    (tmp_path / "log.json").write_text(log)
    (tmp_path / "no-log.json").write_text("[}")
    (tmp_path / "none.json").write_text("")
    (tmp_path / "flat.json").write_text('{"evt.type": "open"}')
    _, text = _run(_pack(tmp_path, AUDIT_RULE, AUDIT_TEST.replace(right, wrong)))
    assert complaint in text


@pytest.mark.parametrize("path", ["read.yaml", "read.test.yaml", ".", ".."])
def test_a_path_may_be_anything_near(tmp_path: Path, path: str) -> None:
    """A rule file, a test, their folder and one above it name the same tests."""
    folder = tmp_path / "pack"
    folder.mkdir()
    assert "4 passed" in _run(_pack(folder) / path)[1]


def test_a_mistake_that_all_share_is_told_once(tmp_path: Path) -> None:
    """A mistake in the base is one mistake, however many tests have it."""
    _, text = _run(_pack(tmp_path, test=TEST.replace("proc.name: cat", "proc.nmae: cat")))
    assert "1 mistake in files" in text


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    """Mistakes of shape, of names, of fields and of the rules don't hide each other."""
    wrong = TEST.replace("proc.name: cat", "proc.nmae: cat")
    wrong = wrong.replace("rule: Read anything", "rule: Read anythin")
    wrong = wrong.replace("fires: false", "fires: maybe")
    _, text = _run(_pack(tmp_path, RULE.replace("CRITICAL", "critcal"), wrong))
    for complaint in (
        "Invalid priority",
        "expected true or false, found 'maybe'",
        'unknown field "proc.nmae"',
        'no rule "Read anythin" in',
    ):
        assert text.count(complaint) == 1, complaint
    assert 'no rule "Read secret"' not in text


def test_an_unknown_pack_is_a_failure() -> None:
    """A pack that isn't there makes exit code 1."""
    code, text = _run(Path("pack:runtim"))
    assert code == 1
    assert 'did you mean "runtime"?' in text


def test_nothing_to_test_is_a_failure(tmp_path: Path) -> None:
    """A path without tests makes exit code 1: a typing error must not look like success."""
    code, text = _run(tmp_path, tmp_path / "absent")
    assert code == 1
    assert f"{tmp_path}: no tests" in text.replace("\n", "")
    assert "absent: no such path" in text.replace("\n", "")
