"""
Translate ``matchArgs`` and ``matchReturnArgs``.

In: comparisons of a hook's arguments, and what the hook is. Out: terms, and notes on those that
can't be said.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from shikra.app.import_tracingpolicy import sockets, terms
from shikra.app.import_tracingpolicy.cursor import number
from shikra.app.import_tracingpolicy.hooks import Meaning, Sort
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
_ON_TEXT = {Operator.PREFIX: "startswith", Operator.POSTFIX: "endswith"}
_RELATIVE = "fd.nameraw"
_FILE_TYPES = {"reg": "file", "regular": "file", "dir": "directory"}


def translate(match: ArgumentMatch, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate a comparison of one argument."""
    sort = meaning.arguments.get(match.index)
    match sort:
        case None:
            yield _left_out(match, f"argument {match.index} isn't in Shikra's event")
        case Sort.FILE | Sort.PATH:
            yield from _file(match, meaning, is_written=sort is Sort.PATH)
        case Sort.ACCESS:
            yield _access(match)
        case Sort.FLAGS:
            yield _flags(match)
        case Sort.SOCKET:
            yield from sockets.translate(match)
        case _:
            assert_never(sort)


def result(match: Match, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate a comparison of what the call returned."""
    signs = {Operator.GREATER: ">", Operator.LESS: "<"}
    values = [number(value) for value in match.values]
    known = [str(value) for value in values if value is not None]
    if not meaning.is_call or len(known) < len(values):
        yield _left_out(match, "what this hook returns isn't in Shikra's event")
    elif match.operator is Operator.EQUAL:
        text = terms.one_of("evt.rawres", known)
        yield Term(terms.negated(text, is_negated=match.is_negated))
    elif match.operator in signs:
        sign = signs[match.operator]
        text = terms.either(f"evt.rawres {sign} {value}" for value in known)
        yield Term(terms.negated(text, is_negated=match.is_negated))
    else:
        yield _left_out(match, f"{match.operator.value} of what a call returns isn't translated")


def _file(match: ArgumentMatch, meaning: Meaning, *, is_written: bool) -> Iterator[Term | Note]:
    field = meaning.file
    is_relative = any(not value.startswith("/") for value in match.values)
    if is_written and is_relative and match.operator is not Operator.POSTFIX:
        field = _RELATIVE if field == "fd.name" else field
    if match.operator is Operator.EQUAL:
        text = terms.one_of(field, match.values)
    elif match.operator in _ON_TEXT:
        text = terms.any_of(field, _ON_TEXT[match.operator], match.values)
    elif match.operator is Operator.SUBSTRING:
        text = terms.any_of(field, "contains", match.values)
    elif match.operator is Operator.FILE_TYPE and _FILE_TYPES.keys() >= set(match.values):
        text = terms.one_of("fd.type", [_FILE_TYPES[value] for value in match.values])
        yield Term(terms.negated(text, is_negated=match.is_negated))
        return
    else:
        yield _left_out(match, f"{match.operator.value} of a file isn't translated")
        return
    is_as_written = is_written and field == "fd.name"
    if match.is_negated and is_as_written:
        message = "the policy leaves out by what the caller wrote, the rule by the file's real path"
        hint = "security_file_open goes by the real path, too"
        yield Note(Effect.WIDER, message, match.at, hint)
    text = terms.negated(text, is_negated=match.is_negated)
    yield Term(text, is_as_written=is_as_written)


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
