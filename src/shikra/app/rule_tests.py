"""
Run the tests that stand beside rules.

In: paths. Out: a report, printed, and an exit code. The rules of a test's directory are loaded
and evaluated as the sensor does it, both names of a file included; only the events come from
the test. The format is in ``docs/reference/rule-tests.md``.
"""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from shikra.app import packs, rule_test_file, rule_test_report
from shikra.app.rule_test_file import UNREADABLE, WRONG_VALUE, Case
from shikra.app.rule_test_report import Report, Result
from shikra.backends.live import render
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model import event_types
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.model.event import Event
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.ir import Rule, RuleSet
from shikra.sources.replay import flat

OPENED = "opened"
REAL = "real"


class Rules(msgspec.Struct, frozen=True):
    """The rules of one directory, ready to be tried; none, if they have mistakes."""

    folder: Path
    rules: tuple[Rule, ...]
    opened: Evaluator
    real: Evaluator
    mistakes: tuple[Diagnostic, ...]


class Fired(msgspec.Struct, frozen=True):
    """A rule that fired, and by which name of the file."""

    rule: Rule
    event: Event
    name: str


def run(paths: Sequence[Path], console: Console, junit: Path | None) -> int:
    """Test the rules at these paths, or all packs; print what came of it, return an exit code."""
    report = test(paths or [packs.find(name) for name in packs.names()])
    rule_test_report.show(report, console)
    if junit:
        rule_test_report.write_junit(report, junit)
    return 0 if report.is_good else 1


def test(paths: Sequence[Path]) -> Report:
    """Try every test at these paths, each once."""
    results: list[Result] = []
    mistakes: list[Diagnostic] = []
    files: dict[Path, None] = {}
    for path in paths:
        try:
            found = test_files(path)
        except packs.UnknownPackError as error:
            mistakes.append(_problem(str(error)))
            continue
        files |= dict.fromkeys(found)
        if not found:
            mistakes.append(_problem(f"{path}: no tests (*.test.yaml) there"))
    loaded = {folder: load(folder) for folder in dict.fromkeys(file.parent for file in files)}
    mistakes += (mistake for rules in loaded.values() for mistake in rules.mistakes)
    for file in files:
        try:
            read = rule_test_file.parse(str(file), file.read_bytes())
        except OSError as error:
            mistakes.append(_problem(f"{file}: {error.strerror or error}"))
            continue
        mistakes += read.diagnostics
        rules = loaded[file.parent]
        for case in () if rules.mistakes else read.cases:
            tried = try_case(case, rules)
            results += [tried] if isinstance(tried, Result) else []
            mistakes += [] if isinstance(tried, Result) else tried
    return Report(tuple(results), tuple(dict.fromkeys(mistakes)))  # all cases share the base's


def test_files(path: Path) -> list[Path]:
    """Find the tests that a path stands for: a test, a rule file, a folder with all below it."""
    if str(path).startswith(packs.PREFIX):
        path = packs.find(str(path))
    if path.is_dir():
        return sorted(file for file in path.rglob("*.y*ml") if packs.is_test(file))
    if packs.is_test(path):
        return [path]
    beside = [path.with_suffix(f".test{suffix}") for suffix in (".yaml", ".yml")]
    return [file for file in beside if file.is_file()]


def load(folder: Path) -> Rules:
    """Load all rules of a folder; a disabled one is tried too."""
    files = [build.RuleFile(str(path), path.read_bytes()) for path in packs.files(folder)]
    loaded = build.load(files, CATALOGUE, event_types=event_types.NAMES)
    rules = tuple(msgspec.structs.replace(rule, is_enabled=True) for rule in loaded.ruleset.rules)
    ruleset = RuleSet(loaded.ruleset.nodes, rules)
    return Rules(
        folder,
        rules,
        compile_rules(ruleset),
        compile_rules(ruleset, keep=lambda rule: rule.uses_path and not rule.opened_names_only),
        tuple(one for one in loaded.diagnostics if one.severity is Severity.ERROR),
    )


def try_case(case: Case, rules: Rules) -> Result | list[Diagnostic]:
    """Give the event to the rules; mistakes of the case itself are returned as such."""
    names = [rule.info.name for rule in rules.rules]
    if case.rule not in names:
        near = difflib.get_close_matches(case.rule, names, n=1)
        hint = f'did you mean "{near[0]}"?' if near else ""
        return [_problem(f'no rule "{case.rule}" in {rules.folder}', case.span, hint)]
    try:
        event = flat.read(case.event)
    except flat.FlatError as error:
        return [
            _problem(one.message, case.field_spans.get(one.field, case.span), one.hint)
            for one in error.mistakes
        ]
    return Result(case, tuple(_problems(case, list(_fire(event, rules)))))


def _fire(event: Event, rules: Rules) -> Iterator[Fired]:
    opened = rules.opened.matches(event)
    yield from (Fired(rules.rules[index], event, OPENED) for index in opened)
    twin = event.by_real_path()
    if twin:
        real = rules.real.matches(twin)
        yield from (Fired(rules.rules[one], twin, REAL) for one in real if one not in opened)


def _problems(case: Case, fired: Sequence[Fired]) -> Iterator[str]:
    """Say what differs from what is expected."""
    mine = next((one for one in fired if one.rule.info.name == case.rule), None)
    if mine is None:
        if case.fires:
            others = ", ".join(one.rule.info.name for one in fired)
            yield "the rule stayed quiet" + (f"; what fired: {others}" if others else "")
        return
    output = render.render(mine.rule.output, mine.event)
    if not case.fires:
        yield f"the rule fired: {output}"
        return
    for text in case.output_contains:
        if text not in output:
            yield f'the output lacks "{text}": {output}'
    if case.matched_name not in {None, mine.name}:
        yield f"the rule fired by the {mine.name} name, expected {case.matched_name}"


def _problem(message: str, span: Span | None = None, hint: str = "") -> Diagnostic:
    code = WRONG_VALUE if span else UNREADABLE
    return Diagnostic(severity=Severity.ERROR, code=code, message=message, span=span, hint=hint)
