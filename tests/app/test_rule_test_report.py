"""Results of rule tests are shown to people and to machines."""

import io
from xml.etree import ElementTree as ET

from rich.console import Console

from shikra.app import rule_test_report
from shikra.app.rule_test_file import Case
from shikra.app.rule_test_report import Report, Result
from shikra.model.diagnostic import Diagnostic, Severity, Span


def _case(name: str) -> Case:
    return Case(
        name=name, rule="Read", fires=True, event={}, span=Span("r.test.yaml", 3, 5), field_spans={}
    )


REPORT = Report(
    (Result(_case("one")), Result(_case("two\x1b[31m[bold]"), ("stayed quiet\x00",))),
    (
        Diagnostic(
            severity=Severity.ERROR,
            code="SHIKRA_TEST_VALUE",
            message="no good",
            span=Span("s.test.yaml", 2, 3),
            excerpt="  here",
        ),
    ),
)


def test_people_see_a_table_and_a_sum() -> None:
    """Each case has a line, each problem its place, and the last line counts; nothing is raw."""
    text = io.StringIO()
    rule_test_report.show(REPORT, Console(file=text, width=120))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    assert "Read  one                  passed" in lines
    assert r"r.test.yaml:3: two\u001b[31m[bold]: stayed quiet\u0000" in lines
    assert lines[-4:-1] == ["s.test.yaml:2:3: SHIKRA_TEST_VALUE no good", "      here", "      ^"]
    assert lines[-1] == "1 passed, 1 failed, 1 mistake in files"


def test_machines_read_xml() -> None:
    """Suites count, failures say why, and what XML can't hold is replaced."""
    root = ET.fromstring(rule_test_report.junit(REPORT))  # noqa: S314  our own document
    suites = [dict(suite.attrib) for suite in root]
    assert suites == [
        {"name": "r.test.yaml", "tests": "2", "failures": "1", "errors": "0"},
        {"name": "files", "tests": "1", "failures": "0", "errors": "1"},
    ]
    failed = root.findall(".//failure")
    assert [failure.get("message") for failure in failed] == ["stayed quiet\ufffd"]
    assert root.find(".//testcase[@name='one']") is not None


def test_only_a_clean_report_is_good() -> None:
    """A failure or a mistake in a file is one too many."""
    good = Report((Result(_case("one")),))
    assert good.is_good
    assert not Report(good.results, REPORT.diagnostics).is_good
    assert not Report(REPORT.results).is_good
