"""
Words of the arguments of a call: ``evt.arg``.

In: a type of event and the name or place of an argument. Out: its word, by what its row in
``model.calls`` says that it means.
"""

import signal

from shikra.backends.kernel import process_words
from shikra.backends.kernel.meaning import TRUE
from shikra.backends.kernel.results import ERRORS, RESULT, SUCCEEDED
from shikra.backends.kernel.words import (
    Coded,
    Digits,
    Finite,
    Flagged,
    Image,
    Nothing,
    Number,
    Split,
    Word,
    Written,
)
from shikra.model import event_types, names_of_flags
from shikra.model.event_type import EventType, Meaning, Parameter
from shikra.model.kernel_tables import Compare, View
from shikra.rules.ir import Read

_LOW = 0xFFFFFFFF
_SIGNAL_BITS = 0xFF
_UNREAD = ("CALL_ARGUMENTS_UNKNOWN",)
_HEXADECIMAL = frozenset(("ptrace", "mprotect", "pkey_mprotect", "pidfd_getfd", "capset"))
"""Calls of which some numbers are printed so."""


def word(kind: str, read: Read) -> Word | None:
    """Return the word of an argument, if the kernel has one for it."""
    made = event_types.PRODUCED.get(kind)
    if read.field != "evt.arg" or read.argument is None or made is None:
        return None
    found = parameter(kind, read.argument)
    return Nothing() if found is None else _of_parameter(made, found)


def parameter(kind: str, argument: str) -> Parameter | None:
    """Return an argument of a type of event, by its name or place."""
    made = event_types.PRODUCED.get(kind)
    return None if made is None else _find(made, argument)


def _find(made: EventType, argument: str) -> Parameter | None:
    if argument.isdecimal():
        return next(iter(made.parameters[int(argument) :]), None)
    return next((each for each in made.parameters if each.name == argument), None)


def _of_parameter(made: EventType, found: Parameter) -> Word | None:  # noqa: PLR0911  a table
    match found.meaning:
        case Meaning.RESULT:
            return Split(SUCCEEDED, Digits(RESULT), ERRORS)
        case Meaning.OPEN_FLAGS:
            return _flags(found, Number(member="open_flags", mask=_LOW))
        case Meaning.TARGET:
            return Written(View.TARGET)
        case Meaning.NAME if made.parameter(Meaning.OBJECT) is None:
            return Written(View.PATH)
        case Meaning.FIELD:
            return _field(found.names)
        case _ if found.at is not None:
            return _of_register(made, found, found.at)
        case _:
            return None


def _of_register(made: EventType, found: Parameter, at: int) -> Word | None:
    match found.meaning:
        case Meaning.FLAGS | Meaning.CHOICE:
            is_signalled = made.name == "clone" and found.names == "clone_flags"
            return _flags(found, _register(at, _LOW & ~_SIGNAL_BITS if is_signalled else _LOW))
        case Meaning.SIGNAL:
            names = tuple((each.name.encode(), (int(each),)) for each in signal.Signals)
            return Coded(_register(at, _SIGNAL_BITS), names)
        case Meaning.NUMBER if made.name not in _HEXADECIMAL:
            return Digits(_register(at, _LOW))
        case _:
            return None


def _register(at: int, mask: int) -> Number:
    return Number(member=f"arguments_{at}", mask=mask, unknown=_UNREAD)


def _flags(found: Parameter, number: Number) -> Word:
    """Return the word of names of bits or, where each is a value of its own, of that value."""
    flags = names_of_flags.TABLES.get(found.names, ())
    is_choice = all(flag.mask == _LOW for flag in flags)
    names = (
        (flag.name.encode(), number.masked(flag.mask).test(Compare.EQ, flag.bits)) for flag in flags
    )
    otherwise = Digits(number) if is_choice else Finite(((b"0", TRUE),))
    return Flagged(tuple(names), b"|", otherwise, is_choice=is_choice)


def _field(name: str) -> Word | None:
    """Return the word of a text that a field tells as well."""
    found = process_words.WORDS.get(name)
    return found if isinstance(found, Image) and name != "proc.args" else None
