"""
Put the items of all files together: what is defined in the end, by which name.

In: items in their order. Out: lists, macros and rules with every redefinition, append, override
and switch applied. As in Falco, a definition keeps the place of the first of its name
(``index``) and sees what was defined before its last (``visibility``).
"""

from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from shikra.model import diagnostic, enforcement, rule
from shikra.rules import diagnostics, exceptions, items
from shikra.rules import text as texts

_CODE = "LOAD_ERR_VALIDATE"


class ListDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A list."""

    name: texts.Text
    items: tuple[texts.Text, ...]
    index: int
    visibility: int


class MacroDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A macro."""

    name: texts.Text
    condition: texts.Text | None  # None: it has mistakes
    index: int
    visibility: int


class RuleDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A rule. Of one with mistakes, what isn't known is empty: nothing written is."""

    name: texts.Text
    condition: texts.Text
    output: texts.Text
    desc: texts.Text
    priority: rule.Priority
    source: str
    index: int
    visibility: int
    enabled: bool = True
    tags: tuple[str, ...] = ()
    exceptions: tuple[items.ExceptionItem, ...] = ()
    warn_evttypes: bool = True
    skip_if_unknown_filter: bool = False
    capture: bool = False
    capture_duration: int = 0
    opened_names_only: bool = False
    enforce: items.Enforce | None = None
    on_timeout: enforcement.OnTimeout | None = None
    include_init: bool | None = None

    @property
    def enforcement(self) -> enforcement.Enforcement | None:
        """What it asks for beside an alert."""
        if self.enforce is None:
            return None
        return enforcement.Enforcement(
            means=self.enforce.means,
            otherwise=self.enforce.otherwise,
            on_timeout=self.on_timeout or enforcement.OnTimeout.ALLOW,
            includes_init=bool(self.include_init),
        )

    @property
    def label(self) -> str:
        """What messages call it."""
        return f'rule "{self.name.value}"'


class Definitions(msgspec.Struct, frozen=True):
    """All that is defined, in order of definition."""

    lists: Mapping[str, ListDefinition]
    macros: Mapping[str, MacroDefinition]
    rules: Mapping[str, RuleDefinition]
    diagnostics: tuple[diagnostic.Diagnostic, ...]


def collect(found: Iterable[items.Item]) -> Definitions:
    """Apply the items one after the other."""
    collector = _Collector()
    for index, item in enumerate(found):
        match item:
            case items.ListItem():
                collector.add_list(item, index)
            case items.MacroItem():
                collector.add_macro(item, index)
            case items.RuleItem():
                collector.add_rule(item, index)
            case _:
                assert_never(item)
    return Definitions(
        collector.lists, collector.macros, collector.rules, tuple(collector.diagnostics)
    )


class _Collector:
    def __init__(self) -> None:
        self.lists: dict[str, ListDefinition] = {}
        self.macros: dict[str, MacroDefinition] = {}
        self.rules: dict[str, RuleDefinition] = {}
        self.diagnostics: list[diagnostic.Diagnostic] = []

    def add_list(self, item: items.ListItem, index: int) -> None:
        name = item.name.value
        before = self.lists.get(name)
        if item.change.appends("items"):
            if before is None:
                self.refuse_append(item.name, "List", "items", "list")
                return
            grown = before.items + item.items
            self.lists[name] = msgspec.structs.replace(before, items=grown, visibility=index)
            return
        self.lists[name] = ListDefinition(
            name=item.name,
            items=item.items,
            index=before.index if before else index,
            visibility=index,
        )

    def add_macro(self, item: items.MacroItem, index: int) -> None:
        name = item.name.value
        before = self.macros.get(name)
        if item.change.appends("condition"):
            if before is None:
                self.refuse_append(item.name, "Macro", "condition", "macro")
                item = msgspec.structs.replace(item, condition=None)
                before = MacroDefinition(
                    name=item.name, condition=None, index=index, visibility=index
                )
            longer = _longer(before.condition, item.condition)
            self.macros[name] = msgspec.structs.replace(before, condition=longer, visibility=index)
            return
        self.macros[name] = MacroDefinition(
            name=item.name,
            condition=item.condition,
            index=before.index if before else index,
            visibility=index,
        )

    def add_rule(self, item: items.RuleItem, index: int) -> None:
        before = self.rules.get(item.name.value)
        if item.is_switch:
            self.switch(item, before)
        elif item.change.is_none:
            self.define(item, before, index)
        else:
            self.change(item, before, index)

    def switch(self, item: items.RuleItem, before: RuleDefinition | None) -> None:
        if before is None:
            message = "Rule has 'enabled' key but no rule by that name already exists"
            self.refuse(message, item.name, "rule", self.similar(item.name.value))
        elif item.enabled is not None:
            changed = msgspec.structs.replace(before, enabled=item.enabled)
            self.rules[item.name.value] = changed

    def define(self, item: items.RuleItem, before: RuleDefinition | None, index: int) -> None:
        source = item.source.value if item.source and item.source.value else "syscall"
        if before is not None and before.source != source:
            message = "Rule has been re-defined with a different source"
            self.refuse(message, item.name, "rule", f"it was '{before.source}'")
            source = before.source
        unknown = item.name.instead("")  # refused when it was read
        self.rules[item.name.value] = RuleDefinition(
            name=item.name,
            condition=item.condition or unknown,
            output=(item.output or unknown).stripped(),
            desc=item.desc or unknown,
            priority=rule.Priority.DEBUG if item.priority is None else item.priority,
            source=source,
            index=before.index if before else index,
            visibility=index,
            enabled=item.enabled is not False,
            tags=item.tags or (),
            exceptions=self.new_exceptions(item),
            warn_evttypes=item.warn_evttypes is not False,
            skip_if_unknown_filter=bool(item.skip_if_unknown_filter),
            capture=bool(item.capture),
            capture_duration=item.capture_duration or 0,
            opened_names_only=bool(item.opened_names_only),
            enforce=item.enforce,
            on_timeout=item.on_timeout,
            include_init=item.include_init,
        )

    def change(self, item: items.RuleItem, before: RuleDefinition | None, index: int) -> None:
        if before is None:
            is_append = item.change.is_append or "append" in item.change.override.values()
            how = (
                "Rule uses 'append' or 'override.<key>: append'"
                if is_append
                else "An 'override.<key>: replace' to a rule was requested"
            )
            message = f"{how} but no rule by that name already exists"
            self.refuse(message, item.name, "rule", self.similar(item.name.value))
            return
        changed = msgspec.structs.replace(before, visibility=index)
        changed = self.change_texts(item, changed)
        changed = self.change_exceptions(item, changed)
        changed = _change_tags(item, changed)
        self.rules[item.name.value] = _change_switches(item, changed)

    def change_texts(self, item: items.RuleItem, to: RuleDefinition) -> RuleDefinition:
        condition, output, desc = to.condition, to.output, to.desc
        if item.condition is not None:
            is_append = item.change.appends("condition")
            longer = _joined(condition, item.condition) if condition.value else condition
            condition = longer if is_append else item.condition
        if item.output is not None and not item.change.is_append:
            new = item.output.stripped()
            output = _joined(output, new) if item.change.appends("output") else new
        if item.desc is not None and not item.change.is_append:
            desc = _joined(desc, item.desc) if item.change.appends("desc") else item.desc
        return msgspec.structs.replace(to, condition=condition, output=output, desc=desc)

    def change_exceptions(self, item: items.RuleItem, to: RuleDefinition) -> RuleDefinition:
        if item.exceptions is None:
            return to
        if not item.change.appends("exceptions"):
            return msgspec.structs.replace(to, exceptions=self.new_exceptions(item))
        merged = exceptions.appended(to.exceptions, item.exceptions)
        self.diagnostics += merged.diagnostics
        return msgspec.structs.replace(to, exceptions=merged.exceptions)

    def new_exceptions(self, item: items.RuleItem) -> tuple[items.ExceptionItem, ...]:
        checked = exceptions.checked(item.exceptions or ())
        self.diagnostics += checked.diagnostics
        return checked.exceptions

    def similar(self, name: str) -> str:
        return diagnostics.nearest(name, self.rules)

    def refuse_append(self, name: texts.Text, title: str, key: str, kind: str) -> None:
        message = (
            f"{title} uses 'append' or 'override.{key}: append' "
            f"but no {kind} by that name already exists"
        )
        known = self.lists if kind == "list" else self.macros
        self.refuse(message, name, kind, diagnostics.nearest(name.value, known))

    def refuse(self, message: str, at: texts.Text, kind: str, hint: str = "") -> None:
        mistake = diagnostics.whole(message, at, hint)
        label = f'{kind} "{at.value}"'
        self.diagnostics.append(diagnostics.error(_CODE, mistake, at, label))


def _change_tags(item: items.RuleItem, to: RuleDefinition) -> RuleDefinition:
    if item.tags is None or item.change.is_append:
        return to
    old = to.tags if item.change.appends("tags") else ()
    return msgspec.structs.replace(to, tags=tuple(sorted({*old, *item.tags})))


def _change_switches(item: items.RuleItem, to: RuleDefinition) -> RuleDefinition:
    """Replace what can only be replaced; ``append: true`` leaves it as it is."""
    if item.change.is_append:
        return to
    names = (
        *("priority", "enabled", "warn_evttypes", "skip_if_unknown_filter"),
        *("capture", "capture_duration", "enforce", "on_timeout", "include_init"),
    )
    given = {name: getattr(item, name) for name in names if getattr(item, name) is not None}
    return msgspec.structs.replace(to, **given)


def _longer(first: texts.Text | None, second: texts.Text | None) -> texts.Text | None:
    return None if first is None or second is None else _joined(first, second)


def _joined(first: texts.Text, second: texts.Text) -> texts.Text:
    """Put an appended text behind the one that was there."""
    return texts.joined((first, second.instead(" "), second))
