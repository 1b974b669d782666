"""
``shikra fields``: what a rule may ask about an event, and who answers.

In: the catalogue, or what of it rules of one source may name. Out: a table a class of fields; or
JSON, one list of objects, in which types and flags have upstream's names.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.model.event_types import OTHER_SOURCES
from shikra.model.field import Argument, Field, Filled
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType
from shikra.rules.build import SYSTEM_CALLS

SOURCES = (SYSTEM_CALLS, *OTHER_SOURCES)

_WIDTH = 160  # where nobody looks, lines are this long
_TYPES: Mapping[FieldType, str] = {
    FieldType.TEXT: "CHARBUF",
    FieldType.BYTES: "BYTEBUF",
    FieldType.BOOLEAN: "BOOL",
    FieldType.ADDRESS: "IPADDR",
    FieldType.NETWORK: "IPNET",
    FieldType.DOUBLE: "DOUBLE",
    FieldType.PORT: "PORT",
    FieldType.RELATIVE_TIME: "RELTIME",
    FieldType.ABSOLUTE_TIME: "ABSTIME",
}


def fields(source: str | None) -> tuple[Field, ...]:
    """Return the fields that rules of a source may name; all, if none is given."""
    return tuple(
        field for field in CATALOGUE.values() if source is None or field.source in ("", source)
    )


def show(listed: Iterable[Field], console: Console) -> None:
    """Print a table for each class of fields."""
    if not console.is_terminal:
        console.width = _WIDTH
    classes: dict[str, list[Field]] = {}
    for field in listed:
        classes.setdefault(_class(field), []).append(field)
    for name, members in classes.items():
        console.print(_table(name, members))
        console.print()


def as_json(listed: Iterable[Field]) -> str:
    """Return the fields as a JSON list."""
    return json.dumps([_row(field) for field in listed], indent=2)


def _table(name: str, members: Iterable[Field]) -> Table:
    table = Table(title=f"{name}.*", title_justify="left", box=None, pad_edge=False)
    for header in ("field", "type", "filled by"):
        table.add_column(header, no_wrap=True)
    table.add_column("what it is")
    for field in members:
        is_filled = field.filled is not Filled.NOT_YET
        note = " Deprecated." if field.is_deprecated else ""
        table.add_row(
            Text(_written(field), "bold" if is_filled else "dim"),
            _kind(field),
            Text(field.filled.value, "" if is_filled else "yellow"),
            Text(field.description + note),
        )
    return table


def _class(field: Field) -> str:
    return field.name.partition(".")[0]


def _written(field: Field) -> str:
    match field.argument:
        case Argument.NONE:
            return field.name
        case Argument.ALLOWED:
            return f"{field.name}, {field.name}[…]"
        case Argument.REQUIRED:
            return f"{field.name}[…]"
        case _:
            assert_never(field.argument)


def _kind(field: Field) -> str:
    kind = "as the argument is" if field.sorts else field.type.value
    return f"list of {kind}" if field.is_list else kind


def _row(field: Field) -> Mapping[str, Any]:
    return {
        "name": field.name,
        "class": _class(field),
        "source": field.source or "any",
        "type": _type(field),
        "flags": _flags(field),
        "argument": field.argument.value,
        "filled": field.filled.value,
        "description": field.description,
    }


def _type(field: Field) -> str:
    if field.sorts:
        return "DYN"
    match field.type:
        case FieldType.SIGNED:
            return f"INT{field.width}"
        case FieldType.UNSIGNED:
            return f"UINT{field.width}"
        case kind:
            return _TYPES[kind]


def _flags(field: Field) -> list[str]:
    flags = {
        "EPF_FILTER_ONLY": not field.may_be_printed,
        "EPF_ARG_REQUIRED": field.argument is Argument.REQUIRED,
        "EPF_ARG_ALLOWED": field.argument is Argument.ALLOWED,
        "EPF_IS_LIST": field.is_list,
        "EPF_DEPRECATED": field.is_deprecated,
        "EPF_NO_TRANSFORMER": not field.may_be_transformed,
        "EPF_NO_RHS": not field.may_be_constant,
        "EPF_FORMAT_SUGGESTED": field.is_suggested,
    }
    return [name for name, holds in flags.items() if holds]
