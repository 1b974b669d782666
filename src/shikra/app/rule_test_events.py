"""
Make the events of a rule's test: of the fields that it writes down, or of a file beside it.

In: a case. Out: its events, or diagnostics of all that is wrong with them. The file is read as
``shikra replay`` reads one; events of an audit log are changed as the case says.
"""

from collections.abc import Iterator
from pathlib import Path

from shikra.app import rule_test_change
from shikra.app.rule_test_file import UNREADABLE, WRONG_VALUE, Case, Kept
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.model.event import Event
from shikra.sources.audit import events as audit
from shikra.sources.replay import flat, lines


def read(case: Case) -> list[Event | Diagnostic]:
    """Return the events, and what is wrong; an event of a file is told apart by its number."""
    return list(_written(case) if case.kept is None else _kept(case, case.kept))


def _written(case: Case) -> Iterator[Event | Diagnostic]:
    try:
        yield flat.read(case.event)
    except flat.FlatError as error:
        for one in error.mistakes:
            at = case.field_spans.get(one.field, case.span)
            yield _problem(one.message, at, one.hint)


def _kept(case: Case, kept: Kept) -> Iterator[Event | Diagnostic]:
    path = Path(case.span.file).parent / kept.file
    count = 0
    try:
        with path.open("rb") as stream:
            for item in lines.read(stream):
                count += 1
                match item:
                    case lines.Malformed(line=line, message=message):
                        yield _problem(f"{kept.file}:{line}: {message}", kept.span)
                    case _:
                        yield _changed(item, kept)
    except OSError as error:
        yield _problem(f"{kept.file}: {error.strerror or error}", kept.span, code=UNREADABLE)
        return
    if not count:
        yield _problem(f"{kept.file} holds no events", kept.span)


def _changed(event: Event, kept: Kept) -> Event | Diagnostic:
    if kept.change is None:
        return event
    if not isinstance(event.data, audit.Audited):
        message = "change: a recorded event can't be changed; write its fields in the test"
        return _problem(message, kept.span)
    document = rule_test_change.merged(event.data.document, kept.change)
    found = audit.Decoder().event(document)
    if isinstance(found, Event):
        return found
    return _problem(f"change: {found.reason.value}: {found.message}", kept.span)


def _problem(message: str, at: Span, hint: str = "", code: str = WRONG_VALUE) -> Diagnostic:
    return Diagnostic(severity=Severity.ERROR, code=code, message=message, span=at, hint=hint)
