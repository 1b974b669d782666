"""Which operator goes with which type, as upstream's own tests describe it."""

from typing import Any

import msgspec
import pytest

from shikra.model import event_types, fields
from shikra.model.value import FieldType
from shikra.rules import check, diagnostics, operands, parse
from support import vectors

TEXT = fields.CATALOGUE["proc.name"]
MOCKS = {
    "c.true": msgspec.structs.replace(TEXT, name="c.true"),
    "c.false": msgspec.structs.replace(TEXT, name="c.false"),
    "c.buffer": msgspec.structs.replace(TEXT, name="c.buffer", type=FieldType.BYTES),
}
SCOPE = operands.Scope({**fields.CATALOGUE, **MOCKS}, "syscall", event_types.NAMES)


@pytest.mark.parametrize("row", vectors.rows("filter_compile"))
def test_types_are_checked_as_upstream(row: dict[str, Any]) -> None:
    """A condition is accepted, refused or warned of as upstream does."""
    parsed = parse.parse(row["filter"])
    if isinstance(parsed, diagnostics.Mistake):
        assert row["expect"] == "error"
        return
    checked = check.check(parsed, SCOPE)
    messages = [mistake.message for mistake in checked.errors]
    assert bool(messages) == (row["expect"] == "error"), messages
    if "error" in row:
        assert row["error"] in messages
    doubts = [one for one in checked.warnings if one.code == "LOAD_COMPILE_CONDITION"]
    assert row["expect"] == "error" or len(doubts) == row["warnings"], doubts
