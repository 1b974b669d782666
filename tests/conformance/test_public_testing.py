"""Upstream's examples through ``shikra.testing``, as a rule's author would write them."""

from typing import Any

import pytest

import shikra
from shikra import testing
from shikra.model.event_types import NAMES
from support import vectors

ERROR = "error"
STOPS_AT_WHAT_IS_MISSING = "start %proc.name %evt.asynctype end"
"""Falco's library can end an output at a missing field; rules always print to the end."""

CREATORS = {"*%proc.aexe": {"proc.aexe": ["bash", "/sbin/init"]}}
"""Values of examples that are recorded as a tree of processes."""

MOCKS: dict[str, testing.Typed] = {
    "c.true": ("CHARBUF", None),
    "c.false": ("CHARBUF", None),
    "c.buffer": ("BYTEBUF", None),
}


@pytest.mark.parametrize("row", vectors.rows("conditions_ok"))
def test_what_upstream_parses_is_parsed(row: dict[str, Any]) -> None:
    """A condition that upstream accepts has a canonical text, which is its own canonical text."""
    canonical = testing.parse(row["condition"])
    if row["ws_variants"]:
        assert testing.parse(f" {row['condition']} ") == canonical


@pytest.mark.parametrize("row", vectors.rows("conditions_bad"))
def test_what_upstream_refuses_is_refused(row: dict[str, Any]) -> None:
    """A condition that upstream refuses raises, and says where it is wrong."""
    with pytest.raises(shikra.RuleError) as caught:
        testing.parse(row["condition"])
    assert all(one.span for one in caught.value.diagnostics)


@pytest.mark.parametrize("row", vectors.rows("conditions_ast"))
def test_canonical_texts_are_upstreams(row: dict[str, Any]) -> None:
    """Conditions print as upstream prints them; what it calls equal prints equal."""
    canonical = testing.parse(row["condition"])
    assert canonical == row.get("as_string", canonical)
    if row.get("roundtrip"):
        assert testing.parse(canonical) == canonical


@pytest.mark.parametrize("row", vectors.rows("evttype_sets"))
def test_event_types_are_upstreams(row: dict[str, Any]) -> None:
    """A condition has upstream's event types, or is refused where upstream refuses it."""
    found = _types(row["condition"])
    if "error" in row:
        assert (found == ERROR) is row["error"]
        return
    match row.get("evttypes"):
        case None:
            expected = _types(row["same_set_as"])
        case "ALL":
            expected = NAMES
        case {"not": excluded}:
            expected = NAMES - set(excluded)
        case names:
            expected = frozenset(names)
    assert found == expected


@pytest.mark.parametrize("row", vectors.rows("filter_eval"))
def test_conditions_hold_as_upstream(row: dict[str, Any]) -> None:
    """A condition holds, doesn't, or is refused, as upstream's does on the same typed values."""
    fields = {name: _typed(declared) for name, declared in row["fields"].items()}
    found = _evaluated(row["filter"], fields)
    assert found != ERROR if row["expect"] == "no_error" else found == row["expect"]


@pytest.mark.parametrize("row", vectors.rows("filter_compile"))
def test_types_are_checked_as_upstream(row: dict[str, Any]) -> None:
    """A condition is accepted or refused as upstream does."""
    assert (_evaluated(row["filter"], MOCKS) == ERROR) == (row["expect"] == ERROR)


@pytest.mark.parametrize("row", vectors.rows("formatter"))
def test_outputs_are_printed_as_upstream(row: dict[str, Any]) -> None:
    """An output is refused, or prints upstream's text."""
    values = CREATORS.get(row["format"], row.get("fields", {}))
    fields: dict[str, testing.Typed] = {
        name: ("INT64" if isinstance(value, int) else "CHARBUF", value)
        for name, value in values.items()
    }
    if row.get("expect", "no_error") != "no_error":
        with pytest.raises(shikra.RuleError):
            testing.format(row["format"], fields)
        return
    printed = testing.format(row["format"], fields)
    if not row.get("json") and row["format"] != STOPS_AT_WHAT_IS_MISSING:
        assert printed == row.get("output", printed)


@pytest.mark.parametrize("row", vectors.rows("pmatch"))
def test_paths_are_prefixes_as_upstream(row: dict[str, Any]) -> None:
    """``pmatch`` finds the prefixes that upstream finds."""
    condition = f"fd.name pmatch ({', '.join(row['pmatch_paths'])})"
    assert testing.evaluate(condition, {"fd.name": ("FSPATH", row["path"])}) is row["expect"]


@pytest.mark.parametrize("row", vectors.rows("escaping"))
def test_strings_are_escaped_as_upstream(row: dict[str, Any]) -> None:
    """Escapes are written and read as upstream does."""
    given = row["input"]
    match row["fn"]:
        case "escape":
            written = f"a.b = {row['output']}"
            assert testing.parse(written) == written
        case "unescape" if row.get("error"):
            with pytest.raises(shikra.RuleError):
                testing.parse(f"a.b = {given}")
        case "unescape":
            value = row["output"].encode("latin-1")
            assert testing.evaluate(f"a.b = {given}", {"a.b": ("BYTEBUF", value)})
        case _:
            pass  # there and back again: only inside


def _types(condition: str) -> frozenset[str] | str:
    try:
        return testing.event_types(condition)
    except shikra.RuleError:
        return ERROR


def _evaluated(condition: str, fields: dict[str, testing.Typed]) -> bool | str:
    try:
        return testing.evaluate(condition, fields)
    except shikra.RuleError:
        return ERROR


def _typed(declared: dict[str, Any]) -> testing.Typed:
    if "always" in declared:  # compared with 1 by every example
        return "CHARBUF", "1" if declared["always"] else "0"
    if "value_hex" in declared:
        return declared["type"], bytes.fromhex(declared["value_hex"])
    several = [declared[key] for key in ("any_of", "ancestors") if key in declared]
    return declared["type"], several[0] if several else declared["value"]
