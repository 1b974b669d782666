"""The event types of a condition as upstream's own tests describe them."""

from typing import Any

import pytest

from shikra.model import event_types as names
from shikra.model import fields
from shikra.rules import check, diagnostics, event_types, operands, parse, tree
from support import vectors

EVERY = names.NAMES


@pytest.mark.parametrize("row", vectors.rows("evttype_sets"))
def test_types_are_upstreams(row: dict[str, Any]) -> None:
    """A condition's event types are those that upstream computes."""
    condition = _parsed(row["condition"])
    if "error" in row:
        scope = operands.Scope(fields.CATALOGUE, "syscall", EVERY)
        assert bool(check.check(condition, scope).errors) == row["error"]
        return
    assert event_types.of(condition, EVERY, {}).holds == _expected(row)


def _expected(row: dict[str, Any]) -> frozenset[str]:
    if "same_set_as" in row:
        return event_types.of(_parsed(row["same_set_as"]), EVERY, {}).holds
    match row["evttypes"]:
        case "ALL":
            return EVERY
        case {"not": excluded}:
            return EVERY - set(excluded)
        case wanted:
            return frozenset(wanted)


def _parsed(text: str) -> tree.Expr:
    parsed = parse.parse(text)
    assert not isinstance(parsed, diagnostics.Mistake)
    return parsed
