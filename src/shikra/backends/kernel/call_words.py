"""
Words of the fields on the call itself, by its type.

In: a type of event. Out: a word for each field that is said differently from type to type, or that
the type alone decides.
"""

import os
from collections.abc import Mapping

from shikra.backends.kernel import descriptor_words, results
from shikra.backends.kernel.meaning import FALSE, TRUE, both
from shikra.backends.kernel.results import SUCCEEDED
from shikra.backends.kernel.words import Counted, Finite, Nothing, Number, Word, boolean
from shikra.model import event_types
from shikra.model.event_type import Meaning
from shikra.model.kernel_tables import Compare
from shikra.model.value import Value

_O_CREAT, _O_TMPFILE = 0o100, 0o20000000
_FLAGS = Number(member="open_flags")
_CREATES = _FLAGS.masked(_O_CREAT | _O_TMPFILE).test(Compare.ANY_BITS)


def words(kind: str) -> Mapping[str, Word]:
    """Return the words of a type of event, by the field's name."""
    made = event_types.PRODUCED.get(kind)
    found = {"evt.num": Counted(1), **_fixed(kind), **results.WORDS}
    if made is None:
        return found
    is_open = made.parameter(Meaning.OPEN_FLAGS) is not None
    return {**found, **descriptor_words.words(made), **(_OPEN if is_open else _NOT_OPEN)}


def _fixed(kind: str) -> dict[str, Word]:
    made = event_types.PRODUCED.get(kind)
    values: dict[str, Value] = {
        "evt.type": kind.encode(),
        "syscall.type": kind.encode(),
        "evt.category": made.category.encode() if made else None,
        "evt.dir": b"<",
        "evt.source": b"syscall",
        "evt.is_async": False,
    }
    return {
        name: Nothing() if value is None else Finite(((value, TRUE),))
        for name, value in values.items()
    }


def _accesses(*modes: int) -> Word:
    return boolean(_FLAGS.masked(os.O_ACCMODE).test(Compare.IN, *modes))


_OPEN: Mapping[str, Word] = {
    "evt.is_open_read": _accesses(os.O_RDONLY, os.O_RDWR),
    "evt.is_open_write": _accesses(os.O_WRONLY, os.O_RDWR),
    "evt.is_open_create": boolean(both(SUCCEEDED, _CREATES)),
}
_NOT_OPEN: Mapping[str, Word] = dict.fromkeys(_OPEN, boolean(FALSE))
