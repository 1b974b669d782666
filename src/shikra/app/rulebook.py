"""
Rules of files with everything on the way kept, for those who look at rules.

In: entries as ``-r`` names them. Out: a book: what is defined, parsed and compiled; and a rule in
it by its name, or by a part of its name that no other has.
"""

import difflib
from collections.abc import Mapping, Sequence

import msgspec

from shikra.app import rule_files
from shikra.app.settings import DEFAULT_PACKS
from shikra.model import event_types
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.model.fields import CATALOGUE
from shikra.rules import build, collect, conditions, enforcing, ir, read

_MOST_NAMED = 5
_MADE = frozenset(event_types.PRODUCED).union(*event_types.OTHER_SOURCES.values())
"""The types of events that some part of Shikra makes."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of some files."""

    files: tuple[build.RuleFile, ...]
    definitions: collect.Definitions
    parsed: conditions.Parsed
    ruleset: ir.RuleSet
    diagnostics: tuple[Diagnostic, ...]
    asked: Mapping[str, enforcing.Asked]  # rules that ask for more than an alert

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What keeps the rules from being loaded."""
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR)

    @property
    def loaded(self) -> Mapping[str, ir.Rule]:
        """Rules that are loaded, by name; the others are of sources that there aren't."""
        return {rule.info.name: rule for rule in self.ruleset.rules}


class UnknownRuleError(Exception):
    """No rule, or more than one, has that name; says which come near."""


def read_book(entries: Sequence[str]) -> Book:
    """Read and compile rules; without entries, those that ``shikra run`` loads by itself."""
    found = rule_files.read(entries or DEFAULT_PACKS)
    loaded = build.load(
        found.files,
        CATALOGUE,
        event_types=event_types.NAMES,
        produced=_MADE,
    )
    documents = [read.read(file) for file in found.files]
    definitions = collect.collect(item for document in documents for item in document.items)
    return Book(
        files=found.files,
        definitions=definitions,
        parsed=conditions.parse_all(definitions),
        ruleset=loaded.ruleset,
        diagnostics=(*found.diagnostics, *loaded.diagnostics),
        asked=loaded.asked,
    )


def find(book: Book, words: str) -> str:
    """Return the name of the rule that is meant."""
    names = list(book.definitions.rules)
    if words in names:
        return words
    holding = [name for name in names if words.casefold() in name.casefold()]
    same = [name for name in holding if words.casefold() == name.casefold()]
    match same or holding:
        case [name]:
            return name
        case []:
            near = difflib.get_close_matches(words.casefold(), [n.casefold() for n in names], n=1)
            meant = [name for name in names if name.casefold() in near]
            hint = f'did you mean "{meant[0]}"?' if meant else "shikra rules list names all"
            raise UnknownRuleError(f'no rule is named "{words}": {hint}')
        case several:
            shown = ", ".join(f'"{name}"' for name in several[:_MOST_NAMED])
            more = len(several) - _MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            raise UnknownRuleError(f'"{words}" is a part of several names: {shown}{rest}')
