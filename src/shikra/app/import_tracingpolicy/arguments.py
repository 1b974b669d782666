"""
Translate ``matchArgs`` and ``matchReturnArgs``.

In: comparisons of a hook's arguments, and what the hook is. Out: terms, and notes on those that
can't be said.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from shikra.app.import_tracingpolicy import sockets, terms
from shikra.app.import_tracingpolicy.cursor import number
from shikra.app.import_tracingpolicy.hooks import Argument, Meaning, Sort
from shikra.app.import_tracingpolicy.notes import Effect, Note
from shikra.app.import_tracingpolicy.operators import Operator
from shikra.app.import_tracingpolicy.policy import ArgumentMatch, Match
from shikra.app.import_tracingpolicy.terms import Term

LEFT_OUT = "is left out, so the rule matches more than the policy"

_READ, _WRITE = 4, 2
_ACCESS = {_READ: "evt.is_open_read = true", _WRITE: "evt.is_open_write = true"}
_WRITE_ONLY, _READ_WRITE = 1, 2
_FLAGS: Mapping[int, str] = {
    0o100: "O_CREAT",
    0o200: "O_EXCL",
    0o1000: "O_TRUNC",
    0o2000: "O_APPEND",
    0o200000: "O_DIRECTORY",
}
_ON_TEXT = {
    Operator.PREFIX: "startswith",
    Operator.POSTFIX: "endswith",
    Operator.SUBSTRING: "contains",
}
_SIGNS = {Operator.GREATER: ">", Operator.LESS: "<"}
_FILE_TYPES = {"reg": "file", "regular": "file", "dir": "directory"}


def translate(match: ArgumentMatch, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate a comparison of one argument."""
    argument = meaning.arguments.get(match.index)
    if argument is None:
        yield _left_out(match, f"argument {match.index} isn't in Shikra's event")
        return
    match argument.sort:
        case Sort.FILE | Sort.PATH | Sort.TEXT:
            yield from _text(match, argument)
        case Sort.NUMBER:
            yield from _number(match, argument.field)
        case Sort.ACCESS:
            yield _access(match)
        case Sort.FLAGS:
            yield _flags(match)
        case Sort.SOCKET:
            yield from sockets.translate(match)
        case Sort.ADDRESS:
            yield from sockets.translate(match, is_peer=True)
        case _:
            assert_never(argument.sort)


def result(match: Match, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate a comparison of what the call returned."""
    if meaning.is_call:
        yield from _number(match, "evt.rawres")
    else:
        yield _left_out(match, "what this hook returns isn't in Shikra's event")


def _number(match: Match, field: str) -> Iterator[Term | Note]:
    values = [number(value) for value in match.values]
    known = [str(value) for value in values if value is not None]
    if len(known) < len(values) or match.operator not in (Operator.EQUAL, *_SIGNS):
        yield _left_out(match, f"{match.operator.value} of a number isn't translated")
        return
    if match.operator is Operator.EQUAL:
        text = terms.one_of(field, known)
    else:
        sign = _SIGNS[match.operator]
        text = terms.either(f"{field} {sign} {value}" for value in known)
    yield Term(terms.negated(text, is_negated=match.is_negated))


def _text(match: ArgumentMatch, argument: Argument) -> Iterator[Term | Note]:
    """Translate a path or another text; a path that isn't absolute is compared as written."""
    is_path = argument.sort is Sort.PATH
    is_relative = any(not value.startswith("/") for value in match.values)
    is_raw = is_path and is_relative and match.operator is not Operator.POSTFIX
    field = f"{argument.field}raw" if is_raw else argument.field
    if match.operator is Operator.EQUAL:
        text = terms.one_of(field, match.values)
    elif match.operator in _ON_TEXT:
        text = terms.any_of(field, _ON_TEXT[match.operator], match.values)
    elif argument.sort is Sort.FILE and _is_of_known_type(match):
        text = terms.one_of("fd.type", [_FILE_TYPES[value] for value in match.values])
    else:
        yield _left_out(match, f"{match.operator.value} of a text isn't translated")
        return
    is_as_written = is_path and not is_raw
    if match.is_negated and is_as_written:
        message = "the policy leaves out by what the caller wrote, the rule by the file's path"
        hint = "security_file_open goes by the path, too" if field == "fd.name" else ""
        yield Note(Effect.WIDER, message, match.at, hint)
    text = terms.negated(text, is_negated=match.is_negated)
    yield Term(text, is_as_written=is_as_written)


def _is_of_known_type(match: ArgumentMatch) -> bool:
    return match.operator is Operator.FILE_TYPE and _FILE_TYPES.keys() >= set(match.values)


def _access(match: ArgumentMatch) -> Term | Note:
    """Translate what a file is used for: bits, of which reading and writing are seen."""
    values = [number(value) for value in match.values]
    known = [_ACCESS[value] for value in values if value in _ACCESS]
    if match.operator not in (Operator.EQUAL, Operator.MASK) or len(known) < len(values):
        return _left_out(match, "only 4 (read) and 2 (write) are translated")
    return Term(terms.negated(terms.either(known), is_negated=match.is_negated))


def _flags(match: ArgumentMatch) -> Term | Note:
    """Translate the flags of an open: any of some bits."""
    values = [number(value) or 0 for value in match.values]
    bits = 0
    for value in values:
        bits |= value
    found = [name for bit, name in _FLAGS.items() if bits & bit]
    rest = bits & ~sum(bit for bit in _FLAGS if bits & bit)
    written = rest == _WRITE_ONLY | _READ_WRITE
    if match.operator is not Operator.MASK or not bits or (rest and not written):
        return _left_out(
            match, "of flags only Mask with 3 (opened for writing) and some others is translated"
        )
    texts = ["evt.is_open_write = true"] if written else []
    texts += [f"evt.arg.flags contains {name}" for name in found]
    return Term(terms.negated(terms.either(texts), is_negated=match.is_negated))


def _left_out(match: Match, why: str) -> Note:
    return Note(Effect.WIDER, f"{why}; the comparison {LEFT_OUT}", match.at)
