"""
Conditions on their way from text to tree: lists put in, parsed, macros told apart.

In: what is defined. Out: the tree of each macro and rule, the order in which macros can be taken,
and what is wrong with them. Nothing is known of fields here.
"""

import re
from collections.abc import Mapping

import msgspec

from shikra.model import diagnostic
from shikra.rules import collect, diagnostics, exceptions, lists, macros, parse, tree
from shikra.rules import text as texts

_WORD = re.compile(r"[^\s()]+")


class Condition(msgspec.Struct, frozen=True):
    """One condition: its text with lists put in, and its tree."""

    text: texts.Text
    expr: tree.Expr


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """
    All conditions that could be parsed; ``order`` names macros after those that they use.

    A dangling one names a macro that there isn't or that has mistakes; the rest of it can be
    checked. Of a rule that couldn't be parsed it is told which macros its text seems to name.
    """

    macros: Mapping[str, Condition]
    order: tuple[str, ...]
    rules: Mapping[str, Condition]
    dangling_macros: Mapping[str, Condition]
    dangling_rules: Mapping[str, Condition]
    mentions: Mapping[str, frozenset[str]]  # by rule
    diagnostics: tuple[diagnostic.Diagnostic, ...]


def parse_all(definitions: collect.Definitions) -> Parsed:
    """Parse every macro and rule, and resolve the macros' names."""
    return _Parsing(definitions).run()


def resolved(parsed: Parsed, name: str) -> tree.Expr:
    """Return a rule's condition with its macros put in: what Falco calls compiled."""
    found: dict[str, tree.Expr] = {}
    for macro in parsed.order:
        found[macro] = macros.inlined(parsed.macros[macro].expr, found)
    return macros.inlined(parsed.rules[name].expr, found)


class _Parsing:
    def __init__(self, definitions: collect.Definitions) -> None:
        self.definitions = definitions
        self.lists = lists.prepare(definitions.lists)
        self.used_lists = set(self.lists.used)
        self.used_macros: set[str] = set()
        self.mentions: dict[str, frozenset[str]] = {}
        self.dangling: dict[str, Condition] = {}  # rules
        self.diagnostics: list[diagnostic.Diagnostic] = []

    def run(self) -> Parsed:
        found = self.parsed_macros()
        table = {
            name: macros.Macro(
                expr=found[name].expr if name in found else None,
                index=definition.index,
                visibility=definition.visibility,
            )
            for name, definition in self.definitions.macros.items()
        }
        order = macros.order(table)
        for name, mistakes in order.mistakes.items():
            for mistake in mistakes:
                self.refuse(mistake, found[name].text, f'macro "{name}"')
        usable = {name: found[name] for name in order.names}
        rules = self.parsed_rules(table, usable)
        self.warn_of_unused()
        return Parsed(
            macros=usable,
            order=order.names,
            rules=rules,
            dangling_macros={name: one for name, one in found.items() if name not in usable},
            dangling_rules=self.dangling,
            mentions=self.mentions,
            diagnostics=tuple(self.diagnostics),
        )

    def parsed_macros(self) -> dict[str, Condition]:
        found = {}
        for name, definition in self.definitions.macros.items():
            text = definition.condition
            condition = None if text is None else self.parse(text, f'macro "{name}"')
            if condition is not None:
                found[name] = condition
        return found

    def parsed_rules(
        self, table: Mapping[str, macros.Macro], usable: Mapping[str, Condition]
    ) -> dict[str, Condition]:
        found: dict[str, Condition] = {}
        for name, definition in self.definitions.rules.items():
            if not definition.condition.value:
                continue  # refused when it was read
            text = exceptions.condition(definition.condition, definition.exceptions)
            condition = self.parse(text, definition.label)
            if condition is None:
                self.mentions[name] = (
                    frozenset(_WORD.findall(text.value)) & self.definitions.macros.keys()
                )
                self.used_macros |= self.mentions[name]
                continue
            called = macros.calls(condition.expr)
            mistakes = macros.undefined(called, table)
            for mistake in mistakes:
                self.refuse(mistake, condition.text, definition.label)
            is_usable = all(call.name in usable for call in called)
            (found if is_usable else self.dangling)[name] = condition
        return found

    def parse(self, text: texts.Text, label: str) -> Condition | None:
        expanded = lists.expand(text, self.lists)
        if isinstance(expanded, diagnostics.Mistake):
            self.refuse(expanded, text, label)
            return None
        self.used_lists |= expanded.used
        expr = parse.parse(expanded.text.value)
        if isinstance(expr, diagnostics.Mistake):
            error = diagnostics.error("LOAD_ERR_COMPILE_CONDITION", expr, expanded.text, label)
            self.diagnostics.append(error)
            return None
        self.used_macros.update(call.name for call in macros.calls(expr))
        return Condition(expanded.text, expr)

    def refuse(self, mistake: diagnostics.Mistake, text: texts.Text, label: str) -> None:
        self.diagnostics.append(diagnostics.error("LOAD_ERR_VALIDATE", mistake, text, label))

    def warn_of_unused(self) -> None:
        sound = {
            name: one for name, one in self.definitions.macros.items() if one.condition is not None
        }
        for kind, defined, used in (
            ("macro", sound, self.used_macros),
            ("list", self.definitions.lists, self.used_lists),
        ):
            for name, definition in defined.items():
                if name in used:
                    continue
                where = definition.name
                message = f"{kind.title()} not referred to by any other rule/macro"
                mistake = diagnostics.whole(message, where)
                code = f"LOAD_UNUSED_{kind.upper()}"
                warning = diagnostics.warning(code, mistake, where, f'{kind} "{name}"')
                self.diagnostics.append(warning)
