"""
Make the page of the configuration from the structs that a file is read into.

In: the settings' types, defaults and the comments behind them. Out: a Markdown page.
"""

import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
from pages import Row, page, table

from shikra.app.settings import ExtraField, Section, Settings, Written

NOTE = re.compile(r"^    (\w+): .*?  # (.*)$", re.MULTILINE)
WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Written: "an output's text, with fields",
    ExtraField: "a field, or a name and an output's text",
}


def configuration() -> str:
    """Make the page."""
    text = page(
        "Configuration",
        "What `shikra run -c FILE` reads: YAML, every key optional, unknown keys refused.",
        "Names are Falco's where Falco has the setting.",
        "`${NAME}` in a value is taken from the environment; one that isn't set is empty, as in"
        " Falco.",
        "A relative path is looked for in the folder that Shikra is started in, not in the file's,"
        " as in Falco: a service names files by their whole path.",
        "`-o KEY=VALUE` on the command line wins over the file, as in Falco:"
        " `-o webserver.enabled=no`, `-o 'rules[].disable.rule=*' -o 'rules[].enable.tag=secrets'`;"
        " `[]` adds to a list.",
    )
    return text + "\n" + table(("key", "value", "default", "what it does"), rows(Settings, ""))


def rows(section: type[Section], prefix: str) -> Iterator[Row]:
    """Return a row for each key of a section, and of the sections in it."""
    notes = dict(NOTE.findall(inspect.getsource(section)))
    hints = typing.get_type_hints(section, include_extras=True)
    for field in msgspec.structs.fields(section):
        kind, path = hints[field.name], f"{prefix}{field.name}"
        inner = section_in(kind)
        note = notes.get(field.name) or (inspect.getdoc(inner) if inner else "") or ""
        default = "" if inner or field.default is msgspec.NODEFAULT else shown(field.default)
        yield f"`{path}`", value(kind), default and f"`{default}`", note
        if inner is not None:
            yield from rows(inner, f"{path}[]." if is_list(kind) else f"{path}.")


def value(kind: Any) -> str:
    """Say what a setting may be."""
    if typing.get_origin(kind) in {tuple, dict}:
        return several(kind)
    if section_in(kind) is not None:
        return "a mapping"
    if isinstance(kind, types.UnionType):
        return value(without_none(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return ", ".join(f"`{shown(choice)}`" for choice in kind)
    if typing.get_origin(kind) is not typing.Annotated:
        return WORDS[kind]
    return WORDS[kind.__origin__] + bounds(kind.__metadata__[0])


def several(kind: Any) -> str:
    """Say what a list or a mapping may hold."""
    inner = typing.get_args(kind)
    if not is_list(kind):
        return f"a mapping of names to {value(inner[1])}"
    return "a list of mappings" if section_in(inner[0]) else f"a list of {value(inner[0])}"


def bounds(meta: msgspec.Meta) -> str:
    """Say which numbers are allowed."""
    words = (("more than", meta.gt), ("from", meta.ge), ("to", meta.le))
    return "".join(
        f" {word} {bound:g}" if isinstance(bound, float) else f" {word} {bound}"
        for word, bound in words
        if bound is not None
    )


def shown(default: Any) -> str:
    """Write a default as a file would."""
    if isinstance(default, enum.Enum):
        return default.name.lower() if isinstance(default, int) else str(default.value)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return f"[{', '.join(map(shown, default))}]"
    return "" if default is None else str(default)


def section_in(kind: Any) -> type[Section] | None:
    """Return the section that a setting is, or is a list of, if it is one."""
    kind = typing.get_args(kind)[0] if is_list(kind) else without_none(kind)
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def without_none(kind: Any) -> Any:
    """Return what a setting is when it is set."""
    parts = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return next(part for part in parts if part is not types.NoneType)


def is_list(kind: Any) -> bool:
    """Return whether a setting is a list."""
    return typing.get_origin(kind) is tuple
