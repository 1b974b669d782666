"""
``shikra rules show``: one rule as it is in the end, after every override and append.

In: a book and a rule's name. Out: text on a console, in which nothing of the rule's text acts.
"""

from rich.console import Console
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app import rules_list
from shikra.app.explain.display import THEME, Condition
from shikra.app.rulebook import Book
from shikra.model.enforcement import Enforcement, Means
from shikra.rules import exceptions, layout
from shikra.rules.collect import RuleDefinition

_COLUMN = 12


def show(book: Book, name: str, console: Console) -> None:
    """Print a rule."""
    definition = book.definitions.rules[name]
    console.print(Text(escape(name), "bold"), soft_wrap=True)
    for key, value, style in _facts(book, definition):
        line = Text.assemble((f"{key:<{_COLUMN}}", "dim"), (escape(value), style))
        console.print(line, soft_wrap=True)
    _paragraph(console, "description", definition.desc.value)
    with console.use_theme(THEME):
        console.print(Text("\ncondition", "dim"))
        for each in _condition(book, definition):
            console.print(Condition()(f"  {escape(each)}"), soft_wrap=True)
    _paragraph(console, "output", definition.output.value)


def _facts(book: Book, definition: RuleDefinition) -> list[tuple[str, str, str]]:
    rule = book.loaded.get(definition.name.value)
    priority, asked = definition.priority, definition.enforcement
    return [
        ("priority", priority.title, rules_list.STYLES[priority]),
        ("state", rules_list.state(book, definition), ""),
        ("source", definition.source, ""),
        ("tags", " ".join(definition.tags), ""),
        *([("enforce", _enforced(asked), "")] if asked else []),
        ("where", rules_list.place(definition), ""),
        *([("revision", rule.info.revision, "")] if rule else []),
    ]


def _enforced(asked: Enforcement) -> str:
    """Say what a rule asks for, and which keys that is."""
    is_denied = asked.means is Means.DENY
    keys = (
        *([f"on_timeout: {asked.on_timeout.value}"] if is_denied else []),
        *(["include_init: true"] if asked.includes_init else []),
    )
    return ", ".join((asked.written, *keys))


def _condition(book: Book, definition: RuleDefinition) -> tuple[str, ...]:
    parsed = book.parsed.rules.get(definition.name.value)
    if parsed is not None:
        return layout.lines(parsed.expr)
    text = exceptions.condition(definition.condition, definition.exceptions)
    return layout.filled(text.value.split())


def _paragraph(console: Console, key: str, text: str) -> None:
    console.print(Text(f"\n{key}", "dim"))
    for line in layout.filled(text.split() or [""]):
        console.print(Text(f"  {escape(line.strip())}"), soft_wrap=True)
