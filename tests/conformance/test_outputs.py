"""Which outputs upstream accepts, and the fields that it finds in them."""

from typing import Any

import pytest

from shikra.model import event_types, fields
from shikra.rules import ir, operands, template
from support import vectors

SCOPE = operands.Scope(fields.CATALOGUE, "syscall", event_types.NAMES)


@pytest.mark.parametrize("row", vectors.rows("formatter"))
def test_outputs_are_read_as_upstream(row: dict[str, Any]) -> None:
    """An output is accepted or refused as upstream does, and has upstream's keys."""
    compiled = template.compile_(row["format"].removeprefix("*"), SCOPE)
    assert bool(compiled.errors) == (row.get("expect") == "error"), compiled.errors
    names = {part.name for part in compiled.template if isinstance(part, ir.Placeholder)}
    if "n_fields" in row:
        assert len(names) == row["n_fields"]
    if row.get("all_fields_present") and "resolved" in row:
        transformed = {name for name in row["resolved"] if name.endswith(")")}
        assert {name for name in names if name.endswith(")")} <= transformed
