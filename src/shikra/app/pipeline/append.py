"""
Compile what the configuration adds to the outputs of rules: ``append_output``.

In: rules and entries. Out: for each rule a template's end and more fields, and what is wrong with
the formats, each at its place in the configuration. An entry that no rule answers to is checked
all the same.
"""

from collections.abc import Mapping, Sequence

import msgspec

from shikra.app.pipeline.static import Filler
from shikra.app.settings import AppendOutput, ExtraField, Match, Written
from shikra.backends.live import render
from shikra.model import event_types
from shikra.model.alert import OutputValue
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.model.event import Event
from shikra.model.field import Catalogue
from shikra.model.rule import RuleInfo
from shikra.rules import template
from shikra.rules.diagnostics import Mistake
from shikra.rules.ir import Placeholder, Read, Template
from shikra.rules.operands import Scope

WRONG_FORMAT = "SHIKRA_CONFIG_VALUE"
_SOURCE = "syscall"


class Extra(msgspec.Struct, frozen=True):
    """One more of an alert's fields."""

    name: str
    value: Template | Placeholder  # what is printed under the name, or a field as it is


class Appended(msgspec.Struct, frozen=True):
    """What is added to one rule's output."""

    suffix: Template = ()
    extras: tuple[Extra, ...] = ()
    needs_metadata: bool = False

    def filled(self, filler: Filler) -> "Appended":
        """Return the same with the configuration's own values in it."""
        extras = tuple(
            Extra(
                one.name,
                filler.placeholder(one.value)
                if isinstance(one.value, Placeholder)
                else filler.template(one.value),
            )
            for one in self.extras
        )
        return msgspec.structs.replace(self, suffix=filler.template(self.suffix), extras=extras)

    def fields(self, event: Event) -> Mapping[str, OutputValue]:
        """Return the added fields' values."""
        return {extra.name: _value(extra.value, event) for extra in self.extras}


class Compiled(msgspec.Struct, frozen=True):
    """What is added to each rule, in their order, and what is wrong."""

    rules: tuple[Appended, ...]
    diagnostics: tuple[Diagnostic, ...]


def append(
    entries: Sequence[AppendOutput],
    rules: Sequence[tuple[RuleInfo, Template]],
    catalogue: Catalogue,
) -> Compiled:
    """Compile all entries for these rules and their outputs."""
    compiler = _Compiler(catalogue)
    appended = [Appended() for _ in rules]
    for number, entry in enumerate(entries):
        meant = [index for index, (info, _) in enumerate(rules) if _is_meant(info, entry.match)]
        sources = {rules[index][0].source for index in meant} or {entry.match.source or _SOURCE}
        added = {source: compiler.entry(number, entry, source) for source in sorted(sources)}
        for index in meant:
            info, output = rules[index]
            so_far = _joined(appended[index], added[info.source])
            if entry.suggested_output:
                suggested = _suggested(catalogue, info.source, (*output, *so_far.suffix))
                so_far = _joined(so_far, suggested)
            appended[index] = so_far
    return Compiled(tuple(appended), tuple(dict.fromkeys(compiler.diagnostics)))


def named(fields: Sequence[str], catalogue: Catalogue, before: Template) -> Template:
    """Write `` name=value`` for each field that isn't printed before."""
    printed = {part.name for part in before if isinstance(part, Placeholder)}
    parts: list[str | Placeholder] = []
    for name in fields:
        if name not in printed:
            known = catalogue[name]
            read = Read(name, name, None, known.type, known.is_list)
            parts += [f" {name.replace('.', '_')}=", Placeholder(name, read)]
    return tuple(parts)


def _is_meant(rule: RuleInfo, match: Match) -> bool:
    return (
        match.source in {None, "", rule.source}
        and match.rule in {None, "", rule.name}
        and set(match.tags) <= set(rule.tags)
    )


def _joined(first: Appended, second: Appended) -> Appended:
    return Appended(
        first.suffix + second.suffix,
        first.extras + second.extras,
        first.needs_metadata or second.needs_metadata,
    )


def _suggested(catalogue: Catalogue, source: str, before: Template) -> Appended:
    names = [
        name
        for name, field in catalogue.items()
        if field.is_suggested and field.source in {"", source}
    ]
    suffix = named(names, catalogue, before)
    parts = (part for part in suffix if isinstance(part, Placeholder))
    return Appended(suffix, needs_metadata=any(catalogue[part.name].is_metadata for part in parts))


def _value(value: Template | Placeholder, event: Event) -> OutputValue:
    if isinstance(value, Placeholder):
        return render.output_fields((value,), event)[value.name]
    return render.render(value, event)


class _Compiler:
    """Compiles formats and notes what is wrong with them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.diagnostics: list[Diagnostic] = []

    def entry(self, number: int, entry: AppendOutput, source: str) -> Appended:
        """Compile one entry for rules of a source."""
        path = f"append_output[{number}]"
        fields: set[str] = set()
        suffix: Template = ()
        if entry.extra_output is not None and entry.extra_output.text:
            compiled = self._format(entry.extra_output, f"{path}.extra_output", source)
            suffix = (" ", *compiled.template)
            fields |= compiled.fields
        extras: dict[str, Extra] = {}
        for index, field in enumerate(entry.extra_fields):
            where = f"{path}.extra_fields[{index}]"
            if field.name.text in extras:
                self._note(field.name, f"{where}: {field.name.text} is set twice")
            extra, read = self._extra(field, where, source)
            extras[extra.name] = extra
            fields |= read
        needs_metadata = any(self.catalogue[name].is_metadata for name in fields)
        return Appended(suffix, tuple(extras.values()), needs_metadata)

    def _extra(self, field: ExtraField, path: str, source: str) -> tuple[Extra, frozenset[str]]:
        name = field.name.text
        if field.format is not None:
            compiled = self._format(field.format, path, source)
            return Extra(name, compiled.template), compiled.fields
        compiled = self._format(field.name, path, source, prefix="%")
        if len(compiled.template) == 1 and isinstance(compiled.template[0], Placeholder):
            only = msgspec.structs.replace(compiled.template[0], name=name)
            return Extra(name, only), compiled.fields
        if not compiled.errors:
            self._note(field.name, f"{path}: expected a field, found {name!r}")
        return Extra(name, ()), frozenset()

    def _format(
        self, written: Written, path: str, source: str, prefix: str = ""
    ) -> template.Compiled:
        scope = Scope(self.catalogue, source, event_types.NAMES)
        compiled = template.compile_(prefix + written.text, scope)
        place = _Place(written, path, len(prefix))
        self.diagnostics += (
            place.diagnostic(WRONG_FORMAT, Severity.ERROR, mistake) for mistake in compiled.errors
        )
        self.diagnostics += (
            place.diagnostic(one.code, Severity.WARNING, one.mistake) for one in compiled.warnings
        )
        return compiled

    def _note(self, written: Written, message: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                severity=Severity.ERROR,
                code=WRONG_FORMAT,
                message=message,
                span=written.span,
                excerpt=written.excerpt,
            )
        )


class _Place(msgspec.Struct, frozen=True):
    """Where a format stands, and what was put before it to compile it."""

    written: Written
    path: str
    shift: int

    def diagnostic(self, code: str, severity: Severity, mistake: Mistake) -> Diagnostic:
        """Say what is wrong with the format, and where."""
        span = self.written.span
        if span is not None and self.written.is_verbatim:
            start = max(mistake.at.start - self.shift, 0)
            length = max(mistake.at.end - self.shift - start, 1)
            span = msgspec.structs.replace(span, column=span.column + start, length=length)
        return Diagnostic(
            severity=severity,
            code=code,
            message=f"{self.path}: {mistake.message}",
            span=span,
            excerpt=self.written.excerpt,
            hint=mistake.hint,
        )
