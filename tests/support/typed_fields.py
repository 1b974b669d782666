"""
Fields and values as the recorded examples of the rule language declare them.

In: names, types by their upstream names, and values. Out: a catalogue that knows the fields, and
an event that has the values. Fields that the catalogue lacks are added to it.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

import msgspec

from shikra.model.event import Event
from shikra.model.field import Catalogue, Field, Filled, Stage, locate
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType, Value

_TYPES = {
    "CHARBUF": FieldType.TEXT,
    "BYTEBUF": FieldType.BYTES,
    "BOOL": FieldType.BOOLEAN,
    "IPADDR": FieldType.ADDRESS,
    "IPNET": FieldType.NETWORK,
    "mock": FieldType.TEXT,
}
_SEVERAL = ("any_of", "ancestors", "list")


def declare(fields: Mapping[str, Mapping[str, Any]]) -> tuple[Catalogue, Event]:
    """Return a catalogue with these fields and an event with these values."""
    catalogue = dict(CATALOGUE)
    values: dict[str, Value] = {}
    for name, declared in fields.items():
        kind = _TYPES.get(declared["type"], FieldType.SIGNED)
        known = locate(catalogue, name)
        if known is None:
            catalogue[name] = _field(name, kind)
        elif known.argument is not None:  # evt.arg has the type of the argument
            catalogue[known.field.name] = msgspec.structs.replace(known.field, type=kind)
        reference = locate(catalogue, name)
        assert reference is not None
        values[reference.name] = _value(declared, kind)
    of_type = values.get("evt.type", b"open")
    assert isinstance(of_type, bytes)
    event = Event("syscall", of_type.decode(), 0, {})
    event.fields.update(values)
    return catalogue, event


def _field(name: str, kind: FieldType) -> Field:
    return Field(
        name=name,
        type=kind,
        stage=Stage.EVENT,
        source="",
        filled=Filled.KERNEL,
        description="Declared by an example.",
    )


def _value(declared: Mapping[str, Any], kind: FieldType) -> Value:
    if "always" in declared:  # compared with 1 by every example
        return b"1" if declared["always"] else b"0"
    if "value_hex" in declared:
        return bytes.fromhex(declared["value_hex"])
    several = [declared[key] for key in (*_SEVERAL, "value") if isinstance(declared.get(key), list)]
    if several:
        return tuple(_single(element, kind) for element in several[0])
    return _single(declared.get("value"), kind)


def _single(value: Any, kind: FieldType) -> Value:
    if kind in (FieldType.ADDRESS, FieldType.NETWORK) and value is not None:
        return ipaddress.ip_address(value).packed
    return value.encode() if isinstance(value, str) else value  # type: ignore[no-any-return]
