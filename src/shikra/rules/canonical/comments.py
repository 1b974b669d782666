"""
Find the comments of a rule file, and what each belongs to.

In: a file's text and its documents. Out: comments by the place of the key or element that they
are about: the next one for a comment in a line of its own, else the first one of its line. An
empty text between comments is an empty line. Those that nothing follows are at the file's end.
"""

import bisect
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shikra.rules import nodes

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n\r]*", re.MULTILINE)
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n\r]*)")
_EMPTY = re.compile(r"\n[ \t]*\r?\n")

Comments = Mapping[int, Sequence[str]]


def find(text: str, documents: Sequence[nodes.Node]) -> Comments:
    """Return the comments by the place of what they are about."""
    scalars = sorted({(one.start, one.end) for one in _scalars(documents)})
    units = sorted(set(_units(documents)))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for at, comment in _comments(text, scalars):
        line = text.rfind("\n", 0, at) + 1
        is_alone = not text[line:at].strip()
        index = bisect.bisect_right(units, at)
        if is_alone or not index:
            owner = units[index] if index < len(units) else len(text)
        else:
            first = bisect.bisect_left(units, line)
            owner = units[first] if first < index else units[index - 1]
        found[owner].append(comment.rstrip())
        rest = _COMMENT.search(text, at + len(comment))
        end = min(max(at, owner), rest.start() if rest else len(text))
        if is_alone and _EMPTY.search(text, at, end):
            found[owner].append("")
    return found


def _comments(text: str, scalars: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Return what stands between scalars and begins with a ``#``."""
    edges = [0, *itertools.chain.from_iterable(scalars), len(text)]
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if begin and (header := _HEADER.match(text, _start_of(scalars, begin))):
            yield header.start(1), header[1]
        if begin < end:
            for comment in _COMMENT.finditer(text, begin, end):
                yield comment.start(), comment[0]


def _start_of(scalars: list[tuple[int, int]], end: int) -> int:
    """Return where the scalar begins that ends here."""
    return scalars[max(0, bisect.bisect_left(scalars, (end, end)) - 1)][0]


def _scalars(documents: Sequence[nodes.Node]) -> Iterator[nodes.Scalar]:
    for node in documents:
        match node:
            case nodes.Scalar():
                yield node
            case nodes.Sequence(items=items):
                yield from _scalars(items)
            case nodes.Mapping(entries=entries):
                for key, value in entries:
                    yield key
                    yield from _scalars((value,))


def _units(documents: Sequence[nodes.Node]) -> Iterator[int]:
    for node in documents:
        match node:
            case nodes.Scalar():
                pass
            case nodes.Sequence(items=items):
                yield from (item.start for item in items)
                yield from _units(items)
            case nodes.Mapping(entries=entries):
                for key, value in entries:
                    yield key.start
                    yield from _units((value,))
