"""
Run the tests that stand beside rules.

In: paths. Out: a report, printed, and an exit code. The rules of a test's directory are loaded
and evaluated as the sensor does it, both names of a file included; only the events come from
the test. The format is in ``docs/reference/rule-tests.md``.
"""

import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from shikra.app import packs, rule_files, rule_test_events, rule_test_file, rule_test_report
from shikra.app.pipeline import author, evaluate, plan
from shikra.app.rule_test_file import UNREADABLE, WRONG_VALUE, Case
from shikra.app.rule_test_report import Report, Result
from shikra.app.settings import Settings
from shikra.backends.live import render
from shikra.model import event_types
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.model.event import Event
from shikra.model.fields import CATALOGUE
from shikra.rules import build, collect, read
from shikra.rules.diagnostics import bounded
from shikra.rules.ir import RuleSet


class Rules(msgspec.Struct, frozen=True):
    """The rules of one directory, ready to be tried; none, if they have mistakes."""

    folder: Path
    plan: plan.Plan
    mistakes: tuple[Diagnostic, ...]
    names: tuple[str, ...]  # of those with mistakes too


def run(paths: Sequence[Path], console: Console, junit: Path | None) -> int:
    """Test the rules at these paths, or all packs; print what came of it, return an exit code."""
    report = test(paths or [packs.find(name) for name in packs.names()])
    rule_test_report.show(report, console)
    if junit:
        try:
            rule_test_report.write_junit(report, junit)
        except OSError as error:
            print(f"can't write {junit}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
            return 1
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
            is_pack = str(path).startswith(packs.PREFIX)
            what = "no tests (*.test.yaml) there" if is_pack or path.exists() else "no such path"
            mistakes.append(_problem(f"{path}: {what}"))
    loaded = {folder: load(folder) for folder in dict.fromkeys(file.parent for file in files)}
    mistakes += (mistake for rules in loaded.values() for mistake in rules.mistakes)
    for file in files:
        try:
            found_in = rule_test_file.parse(str(file), file.read_bytes())
        except OSError as error:
            mistakes.append(_problem(f"{file}: {error.strerror or error}"))
            continue
        mistakes += found_in.diagnostics
        rules = loaded[file.parent]
        for case in found_in.cases:
            events, wrong = read_events(case, rules)
            mistakes += wrong
            if not wrong and not rules.mistakes:
                results.append(try_case(case, events, rules))
        mistakes += (one for case in found_in.doubtful for one in _seen(case, rules))
    return Report(tuple(results), bounded(mistakes))


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
    found = rule_files.read([str(folder)])
    loaded = build.load(found.files, CATALOGUE, event_types=event_types.NAMES)
    rules = (msgspec.structs.replace(rule, is_enabled=True) for rule in loaded.ruleset.rules)
    ruleset = RuleSet(loaded.ruleset.nodes, tuple(rules))
    told = (*found.diagnostics, *loaded.diagnostics)
    mistakes = tuple(one for one in told if one.severity is Severity.ERROR)
    names = [rule.info.name for rule in ruleset.rules]
    if mistakes:
        items = (item for file in found.files for item in read.read(file).items)
        names = list(collect.collect(items).rules)
    return Rules(folder, plan.plan(ruleset, Settings(), CATALOGUE), mistakes, tuple(names))


def read_events(case: Case, rules: Rules) -> tuple[list[Event], list[Diagnostic]]:
    """Return the events, and all that is wrong with them and with the rule's name."""
    wrong: list[Diagnostic] = []
    if case.rule and case.rule not in rules.names:
        near = difflib.get_close_matches(case.rule, rules.names, n=1)
        hint = f'did you mean "{near[0]}"?' if near else ""
        wrong.append(_problem(f'no rule "{case.rule}" in {rules.folder}', case.span, hint))
    found = rule_test_events.read(case)
    wrong += (one for one in found if isinstance(one, Diagnostic))
    return [one for one in found if isinstance(one, Event)], wrong


def _seen(case: Case, rules: Rules) -> list[Diagnostic]:
    """Return what is wrong with the parts that could be read of a case with mistakes."""
    kind = {} if "evt.type" in case.event else {"evt.type": "open"}
    seen = msgspec.structs.replace(case, event={**kind, **case.event})
    return read_events(seen, rules)[1]


def try_case(case: Case, events: Sequence[Event], rules: Rules) -> Result:
    """Give the events to the rules, one after the other."""
    matches = [match for event in events for match in evaluate.evaluate(event, rules.plan)]
    return Result(case, tuple(_problems(case, rules.plan, matches)))


def _problems(case: Case, loaded: plan.Plan, matches: Sequence[evaluate.Match]) -> Iterator[str]:
    """Say what differs from what is expected."""
    names = [loaded.rules[match.rule].info.name for match in matches]
    mine = [match for name, match in zip(names, matches, strict=True) if name == case.rule]
    if not mine:
        if case.fires:
            others = ", ".join(dict.fromkeys(names))
            yield "the rule stayed quiet" + (f"; what fired: {others}" if others else "")
        return
    if case.alerts not in {None, len(mine)}:
        yield f"the rule fired {len(mine)} times, expected {case.alerts}"
    for match in mine:
        yield from _problems_of(case, loaded, match)


def _problems_of(case: Case, loaded: plan.Plan, match: evaluate.Match) -> Iterator[str]:
    """Say what differs in one alert."""
    output = render.render(author.output(match, loaded), match.event)
    if not case.fires:
        yield f"the rule fired: {output}"
        return
    for text in case.output_contains:
        if text not in output:
            yield f'the output lacks "{text}": {output}'
    name = match.name.kind.value if match.name else "no"
    if case.matched_name not in {None, name}:
        yield f"the rule fired by the {name} name, expected {case.matched_name}"


def _problem(message: str, span: Span | None = None, hint: str = "") -> Diagnostic:
    code = WRONG_VALUE if span else UNREADABLE
    return Diagnostic(severity=Severity.ERROR, code=code, message=message, span=span, hint=hint)
