"""
``shikra import tracingpolicy``: Tetragon's policies as rules.

In: files, ``-`` for standard input. Out: rules on standard output or in a file; on standard error
what isn't translated, and a count. 1 if a policy is wrong or no rule came of it, else 0; strictly,
whatever isn't translated is an error.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from shikra.app import check, mistakes, rule_files
from shikra.app.import_tracingpolicy import allowed, show
from shikra.app.import_tracingpolicy import read as reading
from shikra.app.import_tracingpolicy import translate as translating
from shikra.app.import_tracingpolicy.notes import Effect, Note, diagnostic
from shikra.app.import_tracingpolicy.translate import Rule, Translation
from shikra.app.plural import count
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules.read import RuleFile

STANDARD_INPUT = "-"
_STANDARD_INPUT_NAME = "<standard input>"


class Imported(msgspec.Struct, frozen=True):
    """Rules as text, and what is to be said of them."""

    text: str
    translations: tuple[Translation, ...]
    diagnostics: tuple[Diagnostic, ...]


def run(paths: Sequence[str], out: Path | None, *, is_strict: bool) -> int:
    """Translate files; print or write the rules; return an exit code."""
    files, problems = _files(paths)
    done = translated(files)
    problems += done.diagnostics
    if out is None:
        sys.stdout.write(done.text)
    elif done.text:
        try:
            out.write_text(done.text, encoding="utf-8")
        except OSError as error:
            problems.append(rule_files.problem(str(out), error.strerror or str(error)))
    if problems:
        print(mistakes.show(problems, most=check.MOST_SHOWN), file=sys.stderr)  # noqa: T201  what isn't translated
    print(_summary(done.translations), file=sys.stderr)  # noqa: T201  as above
    is_wrong = is_strict or any(one.severity is Severity.ERROR for one in problems)
    return 1 if problems and is_wrong else 0


def translated(files: Sequence[RuleFile]) -> Imported:
    """Translate the policies of files, whose names are for messages only."""
    problems: list[Diagnostic] = []
    translations: list[Translation] = []
    for file in files:
        found = reading.read(file.name, file.text)
        problems += found.diagnostics
        translations += map(translating.translate, found.policies)
    decided = tuple(_decided(translations))
    for translation in decided:
        problems += _told(translation)
    return Imported(show.text(decided, "imported"), decided, tuple(problems))


def _files(paths: Sequence[str]) -> tuple[list[RuleFile], list[Diagnostic]]:
    files: list[RuleFile] = []
    problems: list[Diagnostic] = []
    for path in paths:
        try:
            if path == STANDARD_INPUT:
                files.append(RuleFile(_STANDARD_INPUT_NAME, sys.stdin.buffer.read()))
            else:
                files.append(RuleFile(path, Path(path).read_bytes()))
        except OSError as error:
            problems.append(rule_files.problem(path, error.strerror or str(error)))
    return files, problems


def _decided(translations: Sequence[Translation]) -> Iterator[Translation]:
    """Let only those rules enforce that would load with it."""
    text = show.text(translations, "imported")
    refused = allowed.refused(RuleFile("imported", text.encode())) if text else {}
    names = {id(rule): name for name, _, rule in show.named(translations)}
    for translation in translations:
        rules = tuple(
            _weakened(rule, refused.get(names[id(rule)], ())) for rule in translation.rules
        )
        yield msgspec.structs.replace(translation, rules=rules)


def _weakened(rule: Rule, reasons: tuple[str, ...]) -> Rule:
    if rule.means is None or not reasons:
        return rule
    notes = (Note(Effect.WIDER, reason, rule.hook.at) for reason in reasons)
    return msgspec.structs.replace(rule, means=None, notes=(*rule.notes, *notes))


def _told(translation: Translation) -> Iterator[Diagnostic]:
    label = translation.policy.label
    notes = [*(note for rule in translation.rules for note in rule.notes), *translation.notes]
    yield from (diagnostic(note, label) for note in dict.fromkeys(notes))
    if not translation.rules and all(note.effect is not Effect.MISTAKE for note in notes):
        nothing = Note(Effect.MISTAKE, "no rule came of it", translation.policy.at)
        yield diagnostic(nothing, label)


def _summary(translations: Sequence[Translation]) -> str:
    rules = [rule for translation in translations for rule in translation.rules]
    by_means = Counter(rule.means.value if rule.means else "alert" for rule in rules)
    shown = ", ".join(f"{number} {means}" for means, number in sorted(by_means.items()))
    objects = count(len(translations), "object")
    return f"{objects}, {count(len(rules), 'rule')}{f' ({shown})' if shown else ''}"
