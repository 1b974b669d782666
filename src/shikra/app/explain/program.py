"""
The last stage: the Python function that decides the rule, made readable.

In: a compiled rule and the circuit that it is in. Out: the generated text with its constants put
in, long lines broken. What runs is the same, with names for the constants, and decides all rules
of an event at once.
"""

import re

from shikra.app.explain.stage import Kind, Stage
from shikra.app.explain.values import atom
from shikra.backends.live.listing import Listing, listings
from shikra.rules import ir, layout

_NAME = re.compile(r"\bk[0-9]+\b")
_PART = re.compile(r"p1_([0-9]*)\(")
_IF = re.compile(r"( *)if (.*): (r \+= .*)")
_MOST_TYPES = 12
_MOST_MEMBERS = 8
_MOST_SHOWN = 60  # characters of a constant


def program(ruleset: ir.RuleSet, rule: ir.Rule) -> Stage:
    """Show a rule's functions."""
    lines: list[str] = []
    for listing in listings(ruleset, rule):
        lines += ["", *_types(listing), *_functions(listing), *_legend(listing)]
    note = "Cheap and selective tests come first; f reads a field when it is asked for, once."
    title = "What is left to Python"
    shown = tuple(lines[1:]) or ("# Nothing: no event can match.",)
    return Stage(title=title, note=note, lines=shown, kind=Kind.PYTHON)


def _types(listing: Listing) -> list[str]:
    kinds = listing.event_types
    shown = list(kinds[:_MOST_TYPES])
    rest = [f"and {len(kinds) - _MOST_TYPES} more"] if len(kinds) > _MOST_TYPES else []
    return [f"# {line}" for line in layout.filled([*shown, *rest])]


def _functions(listing: Listing) -> list[str]:
    shown = {name: _shown(listing, name) for name in listing.constants}
    text = _PART.sub(lambda found: f"part_{found[1]}(" if found[1] else "matches(", listing.source)
    readable = _NAME.sub(lambda found: shown[found[0]], text)
    return [line for one in readable.splitlines() for line in _broken(one)]


def _shown(listing: Listing, name: str) -> str:
    value = listing.constants[name]
    if callable(value):
        return name
    shown = repr(sorted(value, key=repr)) if isinstance(value, frozenset) else repr(value)
    if isinstance(value, frozenset):
        shown = "{" + shown[1:-1] + "}"
    return name if len(shown) > _MOST_SHOWN else shown


def _legend(listing: Listing) -> list[str]:
    """Say what the names that are left stand for."""
    lines = []
    for name, value in listing.constants.items():
        if _shown(listing, name) != name:
            continue
        if callable(value):
            found = listing.comparisons.get(name)
            lines.append(f"# {name}: {atom(found) if found else 'a function'}")
        else:
            lines.append(f"# {name}: {_sized(value)}")
    return lines


def _sized(value: object) -> str:
    if not isinstance(value, frozenset | tuple):
        return repr(value)
    ordered = sorted(value, key=repr) if isinstance(value, frozenset) else value
    rest = [f"{len(value) - _MOST_MEMBERS} more"] if len(value) > _MOST_MEMBERS else []
    return ", ".join([*map(repr, ordered[:_MOST_MEMBERS]), *rest])


def _broken(line: str) -> list[str]:
    """Break a long line where an ``and`` or ``or`` joins."""
    if len(line) <= layout.WIDTH:
        return [line]
    conditional = _IF.fullmatch(line)
    if conditional:
        margin, test, effect = conditional.groups()
        return [
            f"{margin}if (",
            *_joined(test, margin + "  "),
            f"{margin}): {effect}",
        ]
    margin = line[: len(line) - len(line.lstrip())]
    return _joined(line[len(margin) :], margin)


def _joined(text: str, margin: str) -> list[str]:
    if len(margin) + len(text) <= layout.WIDTH:
        return [margin + text]
    parts = _split(text)
    if len(parts) > 1:
        return [line for part in parts for line in _joined(part, margin)]
    start = text.find("(") + 1
    end = _closing(text, start)
    inside = text[start:end]
    if not start or (len(_split(inside)) == 1 and "(" not in inside):
        return [margin + text]
    return [margin + text[:start], *_joined(inside, margin + "  "), margin + text[end:]]


def _split(text: str) -> list[str]:
    """Cut before each ``and`` and ``or`` that no parenthesis holds."""
    parts, begin = [], 0
    for at, depth in _outside_quotes(text):
        if depth == 0 and (text.startswith(" and ", at) or text.startswith(" or ", at)):
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]


def _closing(text: str, start: int) -> int:
    """Return where the parenthesis that opened before ``start`` closes."""
    return next((at for at, depth in _outside_quotes(text, start) if depth < 0), len(text))


def _outside_quotes(text: str, start: int = 0) -> "list[tuple[int, int]]":
    """Return places outside strings, each with how many parentheses are open there."""
    found, depth, quote, is_escaped = [], 0, "", False
    for at in range(start, len(text)):
        char = text[at]
        if quote:
            is_end = char == quote and not is_escaped
            is_escaped = char == "\\" and not is_escaped
            quote = "" if is_end else quote
            continue
        if char in "'\"":
            quote = char
        depth += (char in "([{") - (char in ")]}")
        found.append((at, depth))
        if depth < 0:
            break
    return found
