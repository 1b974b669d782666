"""Which outputs upstream accepts, and the fields that it finds in them."""

from typing import Any

import pytest

from shikra.backends.live import render
from shikra.model import event_types, fields
from shikra.model.event import Event
from shikra.model.value import Value
from shikra.rules import ir, operands, template
from support import vectors

SCOPE = operands.Scope(fields.CATALOGUE, "syscall", event_types.NAMES)


def compiled(row: dict[str, Any]) -> template.Compiled:
    """Compile an output as that of a rule, which Falco lets begin with ``*``."""
    return template.compile_(row["format"].removeprefix("*"), SCOPE)


@pytest.mark.parametrize("row", vectors.rows("formatter"))
def test_outputs_are_read_as_upstream(row: dict[str, Any]) -> None:
    """An output is accepted or refused as upstream does, and has upstream's keys."""
    found = compiled(row)
    assert bool(found.errors) == (row.get("expect") == "error"), found.errors
    names = {part.name for part in found.template if isinstance(part, ir.Placeholder)}
    if "n_fields" in row:
        assert len(names) == row["n_fields"]


@pytest.mark.parametrize(
    "row", [row for row in vectors.rows("formatter") if row.values[0].get("all_fields_present")]
)
def test_the_same_values_are_in_json_as_upstream(row: dict[str, Any]) -> None:
    """JSON has the fields, what is made of them, and of what stands between what upstream has."""
    values = render.output_fields(compiled(row).template, event(row["fields"]))
    assert len(values) == row.get("n_resolved", len(values))
    printed = {name: str(value) for name, value in values.items()}
    assert printed.items() >= row.get("resolved", {}).items()


def event(values: dict[str, Any]) -> Event:
    """Return an event with these values."""
    made = Event("syscall", "open", 0, {})
    for name, raw in values.items():
        value: Value = raw.encode() if isinstance(raw, str) else raw
        made.fields[name] = made.fields[name.replace("evt.arg.path", "evt.arg[path]")] = value
    return made
