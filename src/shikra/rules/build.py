"""
From rule files to a circuit: all passes, one after the other.

In: files in their order, the catalogue, and the event types of each source. Out: rules ready for
a backend, and every mistake of every file. With an error there are no rules.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from shikra.model import diagnostic, field, rule
from shikra.model.event_types import OTHER_SOURCES
from shikra.rules import (
    check,
    collect,
    conditions,
    diagnostics,
    enforcing,
    event_types,
    exceptions,
    ir,
    lower,
    operands,
    read,
    show,
    template,
    tree,
)
from shikra.rules import text as texts

RuleFile = read.RuleFile

SYSTEM_CALLS = ir.SYSTEM_CALLS
_MANY_TYPES = 100
_MAX_SHOWN = 5
_ERROR = "LOAD_ERR_COMPILE_CONDITION"
_WARNING = "LOAD_COMPILE_CONDITION"


class Loaded(msgspec.Struct, frozen=True):
    """The rules of all files, and what is to be said of them."""

    ruleset: ir.RuleSet
    diagnostics: tuple[diagnostic.Diagnostic, ...]
    asked: Mapping[str, enforcing.Asked] = {}  # rules that ask for more than an alert

    @property
    def ok(self) -> bool:
        """No error was found."""
        return all(d.severity is not diagnostic.Severity.ERROR for d in self.diagnostics)


class Sources(msgspec.Struct, frozen=True):
    """What there is to write rules about."""

    catalogue: field.Catalogue
    event_types: Mapping[str, frozenset[str]]  # by source
    produced: frozenset[str] | None  # the types that are made; None: all

    def is_fed(self, source: str) -> bool:
        """Whether anything makes events of this source."""
        return self.produced is None or not self.produced.isdisjoint(self.event_types[source])


def load(
    files: Sequence[RuleFile],
    catalogue: field.Catalogue,
    *,
    event_types: frozenset[str],
    min_priority: rule.Priority = rule.Priority.DEBUG,
    produced: Iterable[str] | None = None,
) -> Loaded:
    """
    Load files in their order.

    ``event_types`` are the names that a rule on system calls may use. Of those and of the other
    sources' types, ``produced`` are made (all, if it isn't given), and a rule on the others is
    warned of. Rules of an unknown source are skipped. Rules less severe than ``min_priority`` are
    checked and left out.
    """
    documents = [read.read(file) for file in files]
    definitions = collect.collect(item for document in documents for item in document.items)
    parsed = conditions.parse_all(definitions)
    sources = Sources(
        catalogue,
        {**OTHER_SOURCES, SYSTEM_CALLS: event_types},
        None if produced is None else frozenset(produced),
    )
    compiler = _Compiler(parsed, sources)
    rules = [compiler.rule(one) for one in _in_order(definitions)]
    compiler.check_unused_macros()
    found = diagnostics.bounded(
        (
            *(message for document in documents for message in document.diagnostics),
            *definitions.diagnostics,
            *parsed.diagnostics,
            *compiler.diagnostics,
        )
    )
    kept = (one for one in rules if one is not None and one.info.priority <= min_priority)
    loaded = Loaded(compiler.circuit.rule_set(kept), found, compiler.asked)
    return loaded if loaded.ok else Loaded(ir.RuleSet((), ()), found)


def _in_order(definitions: collect.Definitions) -> list[collect.RuleDefinition]:
    return sorted(definitions.rules.values(), key=lambda one: one.index)


class _Facts(msgspec.Struct, frozen=True):
    """What is known of a condition, its macros included."""

    fields: frozenset[str]
    types: event_types.Types
    unknown: tuple[str, ...]  # messages of the mistakes that `skip-if-unknown-filter` excuses
    is_good: bool
    root: int  # -1 if it isn't good
    digest: bytes


class _Compiler:
    """Checks and lowers conditions; a macro once for each source that uses it."""

    def __init__(self, parsed: conditions.Parsed, sources: Sources) -> None:
        self.parsed = parsed
        self.written = {**parsed.macros, **parsed.dangling_macros}
        self.reached: set[str] = set()  # macros that rules use, directly or not
        self.sources = sources
        self.circuit = lower.Circuit()
        self.diagnostics: list[diagnostic.Diagnostic] = []
        self.macros: dict[str, dict[str, _Facts]] = {}  # by source
        self.checked: dict[tuple[str, str], check.Checked] = {}
        self.reported: dict[str, set[str]] = {}  # macros, by source
        self.asked: dict[str, enforcing.Asked] = {}  # by rule

    def rule(self, definition: collect.RuleDefinition) -> ir.Rule | None:
        """Compile one rule; nothing if it has mistakes or is left out."""
        name = definition.name.value
        condition = self.parsed.rules.get(name) or self.parsed.dangling_rules.get(name)
        called = _called(condition.expr) if condition else self.parsed.mentions.get(name, ())
        self.reached.update(self.below(called, self.reached))
        if definition.source not in self.sources.event_types:
            hint = diagnostics.nearest(definition.source, self.sources.event_types)
            message = f"Unknown source {definition.source}, skipping"
            self.warn("LOAD_UNKNOWN_SOURCE", definition, message, hint)
            return None
        scope = self.scope(definition.source)
        macros = self.macros_of(definition.source)
        output = template.compile_(definition.output.value, scope)
        checked = check.check(condition.expr, scope) if condition else None
        facts = None
        if condition and checked and name in self.parsed.rules:
            facts = self.facts(condition, checked, scope, macros)
        if self.is_skipped(definition, facts.unknown if facts else _unknown(checked), output):
            return None
        problems: list[diagnostic.Diagnostic] = []
        if not definition.skip_if_unknown_filter:
            problems += exceptions.field_problems(definition.exceptions, scope)
        self.diagnostics += problems
        if condition and checked:
            told = {problem.span for problem in problems}
            self.report(checked, condition.text, definition.label, definition.source, told)
        self.report_macros(called, definition.source)
        self.report_output(output, definition)
        self.diagnostics += enforcing.problems(definition)
        if facts is None or problems or not facts.is_good or output.errors:
            return None
        self.warn_of_types(definition, facts)
        if condition and checked:
            self.ask(definition, (condition, checked))
        return self.finished(definition, facts, output)

    def scope(self, source: str) -> operands.Scope:
        return operands.Scope(self.sources.catalogue, source, self.sources.event_types[source])

    def macros_of(self, source: str) -> dict[str, _Facts]:
        """Check and lower all macros, as a source's rules see them."""
        if source not in self.macros:
            found: dict[str, _Facts] = {}
            self.macros[source] = found
            scope = self.scope(source)
            for name in self.parsed.order:
                condition = self.parsed.macros[name]
                checked = self.checked[source, name] = check.check(condition.expr, scope)
                found[name] = self.facts(condition, checked, scope, found)
            for name, condition in self.parsed.dangling_macros.items():
                self.checked[source, name] = check.check(condition.expr, scope)
        return self.macros[source]

    def facts(
        self,
        condition: conditions.Condition,
        checked: check.Checked,
        scope: operands.Scope,
        macros: Mapping[str, _Facts],
    ) -> _Facts:
        names = _called(condition.expr)
        used = [macros[name] for name in names]
        types = {name: macros[name].types for name in names}
        is_good = not checked.errors and all(one.is_good for one in used)
        roots = {name: macros[name].root for name in names}
        root = self.circuit.condition(condition.expr, checked.atoms, roots) if is_good else -1
        unknown = _unknown(checked)
        unknown += (message for one in used for message in one.unknown[:1])
        text = show.canonical(condition.expr).encode()
        digest = hashlib.sha256(b"\0".join((text, *(one.digest for one in used)))).digest()
        return _Facts(
            fields=checked.fields.union(*(one.fields for one in used)),
            types=event_types.of(condition.expr, scope.event_types, types),
            unknown=tuple(unknown),
            is_good=is_good,
            root=root,
            digest=digest,
        )

    def is_skipped(
        self,
        definition: collect.RuleDefinition,
        unknown_fields: Iterable[str],
        output: template.Compiled,
    ) -> bool:
        if not definition.skip_if_unknown_filter:
            return False
        unknown = (
            *unknown_fields,
            *(mistake.message for mistake in output.errors if mistake.is_unknown),
        )
        for message in unknown[:1]:
            self.warn("LOAD_UNKNOWN_FILTER", definition, f"rule is skipped: {message}")
        return bool(unknown)

    def report(
        self,
        checked: check.Checked,
        text: texts.Text,
        label: str,
        source: str,
        told: Collection[diagnostic.Span | None] = (),
    ) -> None:
        """Report what was found in a condition, except at places where something is told."""
        errors = (diagnostics.error(_ERROR, mistake, text, label) for mistake in checked.errors)
        self.diagnostics += (error for error in errors if error.span not in told)
        for one in self.worth_saying(checked.warnings, source):
            warning = diagnostics.warning(one.code, one.mistake, text, label)
            self.diagnostics.append(warning)

    def report_macros(self, called: Iterable[str], source: str) -> None:
        """Report what is wrong with the macros that a rule uses, each once."""
        reported = self.reported.setdefault(source, set())
        for name in self.below(called, reported):
            reported.add(name)
            text = self.written[name].text
            self.report(self.checked[source, name], text, f'macro "{name}"', source)

    def ask(self, definition: collect.RuleDefinition, read: enforcing.Read) -> None:
        """Remember where a rule asks for more than an alert, and where its comparisons stand."""
        macros = self.below(_called(read[0].expr), ())
        of_macros = ((self.written[name], self.checked[definition.source, name]) for name in macros)
        asked = enforcing.asked(definition, (read, *of_macros))
        if asked is not None:
            self.asked[definition.name.value] = asked

    def below(self, called: Iterable[str], known: Collection[str]) -> list[str]:
        """Return these macros and all that they use, except those known and what is below them."""
        found: dict[str, None] = {}
        todo = list(called)
        while todo:
            name = todo.pop()
            if name in self.written and name not in known and name not in found:
                found[name] = None
                todo += _called(self.written[name].expr)
        return list(found)

    def check_unused_macros(self) -> None:
        """
        Warn of what is wrong with macros that no rule uses.

        They belong to no source, so each is held against the one that it fits best.
        """
        scopes = [
            msgspec.structs.replace(self.scope(source), has_hints=False)  # they take long
            for source in sorted(self.sources.event_types, key=_is_other)
        ]
        for name, condition in self.written.items():
            if name not in self.reached:
                errors = [check.check(condition.expr, scope).errors for scope in scopes]
                best = scopes[errors.index(min(errors, key=len))].source
                for mistake in check.check(condition.expr, self.scope(best)).errors:
                    label = f'macro "{name}"'
                    warning = diagnostics.warning(_WARNING, mistake, condition.text, label)
                    self.diagnostics.append(warning)

    def report_output(self, output: template.Compiled, definition: collect.RuleDefinition) -> None:
        where, label = definition.output, definition.label
        for mistake in output.errors:
            error = diagnostics.error("LOAD_ERR_COMPILE_OUTPUT", mistake, where, label)
            self.diagnostics.append(error)
        for one in self.worth_saying(output.warnings, definition.source):
            self.diagnostics.append(diagnostics.warning(one.code, one.mistake, where, label))

    def worth_saying(self, warnings: Iterable[check.Warned], source: str) -> Iterator[check.Warned]:
        """Leave out that no field of a source is filled where nothing feeds it: that is said."""
        is_fed = self.sources.is_fed(source)
        return (one for one in warnings if is_fed or one.code != "SHIKRA_FIELD_NOT_FILLED")

    def warn_of_types(self, definition: collect.RuleDefinition, facts: _Facts) -> None:
        if definition.warn_evttypes and len(facts.types.holds) > _MANY_TYPES:
            message = (
                "Rule matches too many evt.type values. This has a significant performance penalty."
            )
            self.warn("LOAD_NO_EVTTYPE", definition, message, "add a test of evt.type")
        types, produced = facts.types.holds, self.sources.produced
        if not self.sources.is_fed(definition.source):
            message = f"nothing feeds source {definition.source} here: the rule can't fire"
            self.warn("SHIKRA_SOURCE_NOT_FED", definition, message)
        elif produced is not None and types and types.isdisjoint(produced):
            names = ", ".join(sorted(types)[:_MAX_SHOWN])
            message = f"nothing makes events of these types yet: {names}. The rule can't fire"
            self.warn("SHIKRA_EVENT_NOT_MADE", definition, message)

    def warn(
        self, code: str, definition: collect.RuleDefinition, message: str, hint: str = ""
    ) -> None:
        mistake = diagnostics.whole(message, definition.name, hint)
        warning = diagnostics.warning(code, mistake, definition.name, definition.label)
        self.diagnostics.append(warning)

    def finished(
        self, definition: collect.RuleDefinition, facts: _Facts, output: template.Compiled
    ) -> ir.Rule:
        known = self.sources.catalogue
        revision = hashlib.sha256(facts.digest)
        revision.update(f"\0{definition.output.value}\0{definition.priority.name}".encode())
        if definition.enforcement is not None:
            revision.update(msgspec.json.encode(definition.enforcement))
        asked = self.asked.get(definition.name.value)
        info = rule.RuleInfo(
            name=definition.name.value,
            priority=definition.priority,
            source=definition.source,
            tags=definition.tags,
            description=definition.desc.value.strip(),
            revision=revision.hexdigest()[:12],
            enforcement=enforcing.enforcement(
                definition, asked, facts.types.holds, (self.circuit.nodes, facts.root)
            ),
        )
        return ir.Rule(
            info=info,
            root=facts.root,
            event_types=facts.types.holds,
            output=output.template,
            is_enabled=definition.enabled,
            needs_metadata=any(known[name].is_metadata for name in facts.fields | output.fields),
            uses_path=any(known[name].is_path for name in facts.fields),
            opened_names_only=definition.opened_names_only,
        )


def _unknown(checked: check.Checked | None) -> list[str]:
    """Return the messages of mistakes that ``skip-if-unknown-filter`` excuses."""
    errors = checked.errors if checked else ()
    return [mistake.message for mistake in errors if mistake.is_unknown]


def _is_other(source: str) -> bool:
    return source != SYSTEM_CALLS


def _called(expr: tree.Expr) -> list[str]:
    """Return the macros that a condition names, each once."""
    found: Iterable[tree.Leaf] = tree.leaves(expr)
    return list(dict.fromkeys(leaf.name for leaf in found if isinstance(leaf, tree.MacroCall)))
