"""
``shikra rules list``, ``show`` and ``explain``: look at rules without running them.

In: which rules, and a console. Out: text there, mistakes on standard error, an exit code.
"""

import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from shikra.alerts.escape import escape
from shikra.app import mistakes, rulebook, rules_list, rules_plan, rules_show
from shikra.app.explain import display
from shikra.app.explain import explain as explaining
from shikra.app.rulebook import Book


def list_rules(
    entries: Sequence[str], console: Console, *, is_json: bool, with_plan: bool = False
) -> int:
    """List all rules; with their plans, how far the kernel decides them."""
    book = _read(entries)
    if book is None:
        return 1
    listing = rules_plan if with_plan else rules_list
    if is_json:
        print(listing.as_json(book))  # noqa: T201  for programs
    else:
        listing.show(book, console)
    return 0


def show(words: str, entries: Sequence[str], console: Console) -> int:
    """Show one rule."""
    return _of_one(words, entries, lambda book, name: rules_show.show(book, name, console))


def explain(words: str, entries: Sequence[str], console: Console) -> int:
    """Explain one rule."""

    def told(book: Book, name: str) -> None:
        display.show(explaining.stages(book, name), console)

    return _of_one(words, entries, told)


def _of_one(words: str, entries: Sequence[str], tell: Callable[[Book, str], None]) -> int:
    book = _read(entries)
    if book is None:
        return 1
    try:
        name = rulebook.find(book, words)
    except rulebook.UnknownRuleError as error:
        print(f"shikra: {escape(str(error))}", file=sys.stderr)  # noqa: T201  what is wrong
        return 1
    tell(book, name)
    return 0


def _read(entries: Sequence[str]) -> Book | None:
    """Read the rules; nothing, with the mistakes told, if they can't be loaded."""
    book = rulebook.read_book(entries)
    if book.errors:
        print(mistakes.show(book.errors), file=sys.stderr)  # noqa: T201  what is wrong
        return None
    return book
