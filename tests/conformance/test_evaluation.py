"""Upstream's examples of conditions and outputs, from text to result."""

import json
from typing import Any

import pytest

from shikra.backends.live.compile import compile_rules
from shikra.backends.live.render import output_fields, render
from shikra.model import event_types
from shikra.model.field import Catalogue
from shikra.rules import build
from shikra.rules.build import Loaded
from support import vectors
from support.typed_fields import declare

NOT_OURS = "start %proc.name %evt.asynctype end"
"""Expected to end at the missing field; Falco itself prints all of an output, and so do we."""

CREATORS = {"*%proc.aexe": {"proc.aexe": ["bash", "/sbin/init"]}}
"""Values of examples that are recorded as a tree of processes."""


@pytest.mark.parametrize("row", vectors.rows("filter_eval"))
def test_conditions_hold_as_upstream(row: dict[str, Any]) -> None:
    """A condition holds, doesn't, or is refused, as upstream's does on the same values."""
    catalogue, event = declare(row["fields"])
    loaded = _loaded(catalogue, condition=row["filter"])
    evaluator = compile_rules(loaded.ruleset)
    found = bool(evaluator.matches(event)) if loaded.ok else "error"
    expected = row["expect"]
    assert found != "error" if expected == "no_error" else found == expected
    assert not evaluator.failures
    assert not evaluator.unusable


@pytest.mark.parametrize("row", vectors.rows("formatter"))
def test_outputs_are_printed_as_upstream(row: dict[str, Any]) -> None:
    """An output is refused, or prints upstream's text and has upstream's fields."""
    output = row["format"].removeprefix("*")
    catalogue, event = declare(_typed(CREATORS.get(row["format"], row.get("fields", {}))))
    loaded = _loaded(catalogue, output=output)
    assert loaded.ok is (row.get("expect", "no_error") == "no_error")
    if loaded.ok and output != NOT_OURS:
        template = loaded.ruleset.rules[0].output
        fields = output_fields(template, event)
        compact = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        printed = compact if row.get("json") else render(template, event)
        assert printed == row.get("output", printed)
        for name, value in row.get("resolved", {}).items():
            assert str(fields[name]) == value


def _loaded(
    catalogue: Catalogue, *, condition: str = "evt.type exists", output: str = "x"
) -> Loaded:
    document = [
        {
            "rule": "example",
            "desc": "of one condition and one output",
            "condition": condition,
            "output": output,
            "priority": "INFO",
        }
    ]
    file = build.RuleFile("example.yaml", json.dumps(document).encode())
    return build.load([file], catalogue, event_types=event_types.NAMES)


def _typed(fields: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give values without a declared type the one they look like."""
    return {
        name: {"type": "INT64" if isinstance(value, int) else "CHARBUF", "value": value}
        for name, value in fields.items()
    }
