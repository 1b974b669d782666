"""
The first stages: a rule as it is written, and with its lists and macros in.

In: a book and the name of a rule in it. Out: text. What would be very long is left out: macros
within macros can double a condition at each step.
"""

from collections.abc import Mapping

from shikra.app.explain.stage import Kind, Stage
from shikra.app.rulebook import Book
from shikra.rules import conditions, exceptions, layout, lists, macros, tree
from shikra.rules import text as texts

MOST_COMPARISONS = 2_000
_MOST_ITEMS = 12


def as_written(book: Book, name: str) -> Stage:
    """Show a rule's condition and output, its macros and its lists, each with its place."""
    rule = book.definitions.rules[name]
    condition = exceptions.condition(rule.condition, rule.exceptions)
    lines = [f"rule {name}  ({_place(rule.name)})"]
    lines += _indented("condition", condition.value)
    lines += _indented("output", rule.output.value)
    used = _macros(book, name)
    for macro in used:
        definition = book.definitions.macros[macro]
        lines += ["", f"macro {macro}  ({_place(definition.name)})"]
        lines += _indented("condition", definition.condition.value if definition.condition else "")
    texts_ = [condition, *(book.definitions.macros[macro].condition for macro in used)]
    for one in _lists(book, [text for text in texts_ if text is not None]):
        items = book.definitions.lists[one]
        shown = [item.value for item in items.items[:_MOST_ITEMS]]
        rest = len(items.items) - len(shown)
        more = [f"… {rest} more"] if rest else []
        lines += ["", f"list {one}  ({_place(items.name)})"]
        lines += _margin(layout.filled(_separated([*shown, *more]) or ["(empty)"]))
    note = "What the files say; the exceptions, if any, are in the condition already."
    return Stage(title="As written", note=note, lines=tuple(lines))


def resolved(book: Book, name: str) -> Stage:
    """Show a rule's condition with everything in it."""
    note = "Lists are put in as text before the condition is parsed, macros as trees after that."
    if name not in book.parsed.rules:
        lines: tuple[str, ...] = ("It can't be parsed.",)
    elif (count := _comparisons(book, name)) > MOST_COMPARISONS:
        lines = (f"{count} comparisons, which is too much to be shown.",)
    else:
        lines = layout.lines(conditions.resolved(book.parsed, name))
    return Stage(title="Lists and macros resolved", note=note, lines=lines, kind=Kind.CONDITION)


def _comparisons(book: Book, name: str) -> int:
    """Count what the condition would have with all macros in."""
    counts: dict[str, int] = {}
    for macro in book.parsed.order:
        counts[macro] = _count(book.parsed.macros[macro].expr, counts)
    return _count(book.parsed.rules[name].expr, counts)


def _count(expr: tree.Expr, counts: Mapping[str, int]) -> int:
    leaves = tree.leaves(expr)
    return sum(counts[leaf.name] if isinstance(leaf, tree.MacroCall) else 1 for leaf in leaves)


def _macros(book: Book, name: str) -> list[str]:
    """Return the macros that a rule uses, those first that it names itself."""
    found: dict[str, None] = {}
    todo = [book.parsed.rules[name].expr] if name in book.parsed.rules else []
    while todo:
        for call in macros.calls(todo.pop(0)):
            if call.name not in found and call.name in book.parsed.macros:
                found[call.name] = None
                todo.append(book.parsed.macros[call.name].expr)
    return list(found)


def _lists(book: Book, found: list[texts.Text]) -> list[str]:
    """Return the lists that texts name, and those that are items of these."""
    prepared = lists.prepare(book.definitions.lists)
    used: set[str] = set()
    for text in found:
        expanded = lists.expand(text, prepared)
        if isinstance(expanded, lists.Expanded):
            used |= expanded.used
    todo = list(used)
    while todo:
        for item in book.definitions.lists[todo.pop()].items:
            if item.value in prepared.used and item.value not in used:
                used.add(item.value)
                todo.append(item.value)
    return [name for name in book.definitions.lists if name in used]


def _separated(words: list[str]) -> list[str]:
    return [f"{word}," for word in words[:-1]] + words[-1:]


def _place(text: texts.Text) -> str:
    span = text.span(0, 1)
    return f"{span.file}:{span.line}"


def _indented(key: str, value: str) -> list[str]:
    found = (layout.filled(line.split(" ")) for line in value.strip().splitlines())
    return [f"  {key}:", *_margin(tuple(line for lines in found for line in lines))]


def _margin(lines: tuple[str, ...]) -> list[str]:
    return [f"    {line}" for line in lines]
