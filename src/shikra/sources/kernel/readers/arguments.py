"""
The arguments of a call: as text, as Falco prints them, and as they are.

What an argument means says its row in ``model.calls``. An argument that the probe doesn't tell has
no value, and isn't printed. Neither are environments and data among all: they may hold passwords.
"""

from shikra.model import event_types
from shikra.model.event import Event, Readers
from shikra.model.event_type import Parameter
from shikra.model.field import Sort
from shikra.model.fields import raw_arguments
from shikra.model.value import FieldType, Value
from shikra.sources.kernel.readers import argument_texts, argument_values

_CONFIDENTIAL = frozenset(("proc.env", "evt.buffer"))
_TEXTS = frozenset((FieldType.TEXT, FieldType.BYTES))
_NUMBERS = frozenset(
    (FieldType.SIGNED, FieldType.UNSIGNED, FieldType.ABSOLUTE_TIME, FieldType.RELATIVE_TIME)
)


def _find(event: Event, argument: str | None) -> Parameter | None:
    """Return the argument of this name, or at this place."""
    made = event_types.PRODUCED.get(event.type)
    if made is None or argument is None:
        return None
    if argument.isdecimal():
        return next(iter(made.parameters[int(argument) :]), None)
    return next((each for each in made.parameters if each.name == argument), None)


def _one(event: Event, argument: str | None) -> Value:
    found = _find(event, argument)
    shown = argument_texts.show(event, found) if found else None
    if shown is None:
        return None
    return shown.plain if shown.resolved is None else shown.resolved


def _all(event: Event, _argument: str | None) -> Value:
    made = event_types.PRODUCED.get(event.type)
    if made is None:
        return None
    texts = (
        (each.name, argument_texts.show(event, each))
        for each in made.parameters
        if each.names not in _CONFIDENTIAL
    )
    return b" ".join(b"%s=%s" % (name.encode(), text.whole()) for name, text in texts if text)


def _raw(event: Event, argument: str | None) -> Value:
    """Return an argument's value, if it is of the type that its name promises."""
    found = _find(event, argument)
    if found is None:
        return None
    value = argument_values.value(event, found)
    sort = raw_arguments.SORTS.get(found.name, Sort(FieldType.SIGNED))
    if isinstance(value, bytes):
        return value if sort.type in _TEXTS else None
    if not isinstance(value, int) or sort.type not in _NUMBERS:
        return None
    return value & (1 << sort.width) - 1 if sort.type is FieldType.UNSIGNED else value


READERS: Readers = {"evt.arg": _one, "evt.args": _all, "evt.info": _all, "evt.rawarg": _raw}
