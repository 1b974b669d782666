"""
What loading says of each file, in the shape that ``falco -V`` prints as JSON.

In: files, and the diagnostics of all of them. Out: data for JSON. Lines and columns count from 1
and offsets from 0, all in characters. A ``hint`` is ours and there only where there is one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.rules import codes, schema
from shikra.rules.build import RuleFile
from shikra.rules.text import Source

CONTENT = "rules content"


def results(files: Sequence[RuleFile], diagnostics: Iterable[Diagnostic]) -> Mapping[str, Any]:
    """Return a result for each file, in their order; those that can't be read come last."""
    found: dict[str, list[Diagnostic]] = {file.name: [] for file in files}
    for one in diagnostics:
        found.setdefault(one.span.file if one.span else "", []).append(one)
    by_name = {file.name: file for file in files}
    return {
        "falco_load_results": [_result(name, by_name.get(name), of) for name, of in found.items()]
    }


def _result(name: str, file: RuleFile | None, found: Sequence[Diagnostic]) -> Mapping[str, Any]:
    source = Source(name, "" if file is None else file.text.decode("utf-8-sig", "replace"))
    errors = [one for one in found if one.severity is Severity.ERROR]
    warnings = [one for one in found if one.severity is Severity.WARNING]
    return {
        "name": name,
        "successful": not errors,
        "schema_validation": schema.NONE if file is None else schema.verdict(file),
        "errors": [_said(one, source) for one in errors],
        "warnings": [_said(one, source) for one in warnings],
    }


def _said(one: Diagnostic, source: Source) -> Mapping[str, Any]:
    said = {
        "code": one.code,
        "codedesc": codes.ABOUT.get(one.code, ""),
        "message": one.message,
        "context": {"locations": list(_locations(one, source)), "snippet": _snippet(one)},
    }
    return said | ({"hint": one.hint} if one.hint else {})


def _locations(one: Diagnostic, source: Source) -> Iterator[Mapping[str, Any]]:
    """Return the file, then what in it is meant."""
    span = one.span or Span(source.name, 1, 1)
    kind, _, quoted = one.item.partition(' "')
    if kind not in ("", CONTENT):
        yield _location((CONTENT, ""), Span(span.file, 1, 1), source)
    yield _location((kind or CONTENT, quoted.removesuffix('"')), span, source)


def _location(item: tuple[str, str], span: Span, source: Source) -> Mapping[str, Any]:
    kind, name = item
    position = {
        "name": span.file,
        "line": span.line,
        "column": span.column,
        "offset": source.offset(span.line, span.column),
    }
    return {"item_type": kind, "item_name": name, "position": position}


def _snippet(one: Diagnostic) -> str:
    """Return the line, and under it a mark at every character that is meant."""
    if one.span is None or not one.excerpt:
        return ""
    blanks = one.span.column - one.excerpt_column
    return f"{one.excerpt}\n{' ' * blanks}{'^' * one.span.length}\n"
