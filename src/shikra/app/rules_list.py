"""``shikra rules list``: one line, or one JSON object, for each rule of some files."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app.rulebook import Book
from shikra.model.rule import Priority
from shikra.rules.collect import RuleDefinition

STYLES = {
    Priority.EMERGENCY: "bold red",
    Priority.ALERT: "bold red",
    Priority.CRITICAL: "bold red",
    Priority.ERROR: "red",
    Priority.WARNING: "yellow",
    Priority.NOTICE: "cyan",
    Priority.INFORMATIONAL: "blue",
    Priority.DEBUG: "dim",
}


def show(book: Book, console: Console) -> None:
    """Print a table of all rules; where nobody looks, fields between tabs."""
    if not console.is_terminal:
        console.file.write(_lines(book))
        return
    table = Table("rule", "priority", "state", "where", box=None, pad_edge=False)
    for definition in book.definitions.rules.values():
        style = "" if state(book, definition) == "on" else "dim"
        table.add_row(
            Text(escape(definition.name.value), style),
            Text(definition.priority.title, STYLES[definition.priority]),
            Text(state(book, definition), style),
            Text(escape(place(definition)), "dim"),
        )
    console.print(table)


def as_json(book: Book) -> str:
    """Return all rules as a JSON list."""
    return json.dumps([row(book, each) for each in book.definitions.rules.values()], indent=2)


def state(book: Book, definition: RuleDefinition) -> str:
    """Say whether a rule is evaluated."""
    if definition.name.value not in book.loaded:
        return "skipped"
    return "on" if definition.enabled else "off"


def place(definition: RuleDefinition) -> str:
    """Say where a rule is defined."""
    span = definition.name.span(0, 1)
    return f"{span.file}:{span.line}"


def row(book: Book, definition: RuleDefinition) -> dict[str, object]:
    """Return what JSON says of a rule."""
    span = definition.name.span(0, 1)
    rule = book.loaded.get(definition.name.value)
    return {
        "name": definition.name.value,
        "priority": definition.priority.title,
        "source": definition.source,
        "state": state(book, definition),
        "tags": list(definition.tags),
        "description": definition.desc.value.strip(),
        "file": span.file,
        "line": span.line,
        "revision": rule.info.revision if rule else None,
        "enforce": rule.info.enforcement.written if rule and rule.info.enforcement else None,
        "event_types": sorted(rule.event_types) if rule else None,
    }


def _lines(book: Book) -> str:
    rows = (
        (each.name.value, each.priority.title, state(book, each), place(each))
        for each in book.definitions.rules.values()
    )
    return "".join("\t".join(map(escape, row)) + "\n" for row in rows)
