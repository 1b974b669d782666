"""
Show what came of rule tests: a table for people, JUnit XML for machines.

In: results and diagnostics. Out: text on a console, or a document. Names and values come from
files that anybody may have written, so control characters are escaped on a console and left out
where XML doesn't allow them.
"""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app.rule_test_file import Case
from shikra.model.diagnostic import Diagnostic

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Result(msgspec.Struct, frozen=True):
    """What came of one case; it passed if there is no problem."""

    case: Case
    problems: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Whether the rule did what the case says."""
        return not self.problems


class Report(msgspec.Struct, frozen=True):
    """What came of all cases, and what kept others from being tried."""

    results: tuple[Result, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether everything was tried and passed."""
        return not self.diagnostics and all(result.is_passed for result in self.results)


def show(report: Report, console: Console) -> None:
    """Print a table of all cases, what is wrong, and how many passed."""
    if report.results:
        table = Table("rule", "test", "result", box=None, pad_edge=False)
        for result in report.results:
            verdict = Text("passed", "green") if result.is_passed else Text("failed", "bold red")
            table.add_row(_plain(result.case.rule), _plain(result.case.name), verdict)
        console.print(table)
    for result in report.results:
        for problem in result.problems:
            text = f"{_where(result.case)}: {result.case.name}: {problem}"
            console.print(_plain(text), soft_wrap=True)
    for diagnostic in report.diagnostics:
        console.print(_plain(str(diagnostic)), soft_wrap=True)
        if diagnostic.excerpt and diagnostic.span:
            console.print(_plain(f"    {diagnostic.excerpt}"), soft_wrap=True)
            console.print(Text(" " * (3 + diagnostic.span.column) + "^"), soft_wrap=True)
    passed = sum(result.is_passed for result in report.results)
    count = len(report.diagnostics)
    mistakes = f", {count} mistake{'s' * (count > 1)} in files" if count else ""
    console.print(Text(f"{passed} passed, {len(report.results) - passed} failed{mistakes}"))


def junit(report: Report) -> bytes:
    """Return the document that continuous integration reads: a suite for each file."""
    by_file: dict[str, list[Result]] = {}
    for result in report.results:
        by_file.setdefault(result.case.span.file, []).append(result)
    root = ET.Element("testsuites")
    for file, results in by_file.items():
        failures = sum(not result.is_passed for result in results)
        suite = _suite(root, file, tests=len(results), failures=failures, errors=0)
        for result in results:
            case = ET.SubElement(suite, "testcase", _attributes(result.case))
            if result.problems:
                problems = "\n".join((_where(result.case), *result.problems))
                _say(case, "failure", result.problems[0], problems)
    if report.diagnostics:
        count = len(report.diagnostics)
        suite = _suite(root, "files", tests=count, failures=0, errors=count)
        for diagnostic in report.diagnostics:
            file = diagnostic.span.file if diagnostic.span else ""
            names = {"classname": _clean(file), "name": diagnostic.code}
            case = ET.SubElement(suite, "testcase", names)
            _say(case, "error", diagnostic.message, str(diagnostic))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def write_junit(report: Report, path: Path) -> None:
    """Write that document to a file."""
    path.write_bytes(junit(report))


def _suite(root: ET.Element, name: str, **counts: int) -> ET.Element:
    numbers = {key: str(count) for key, count in counts.items()}
    return ET.SubElement(root, "testsuite", {"name": _clean(name)} | numbers)


def _attributes(case: Case) -> dict[str, str]:
    return {
        "classname": _clean(case.rule),
        "name": _clean(case.name),
        "file": _clean(case.span.file),
        "line": str(case.span.line),
    }


def _say(case: ET.Element, kind: str, message: str, text: str) -> None:
    ET.SubElement(case, kind, message=_clean(message)).text = _clean(text)


def _where(case: Case) -> str:
    return f"{case.span.file}:{case.span.line}"


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def _plain(text: str) -> Text:
    """Return text without markup, control characters escaped."""
    return Text(escape(text))
