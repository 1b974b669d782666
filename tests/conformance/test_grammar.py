"""The grammar as upstream's own tests describe it. A difference would be listed by its text."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from shikra.rules import diagnostics, lex, parse, show, tree
from support import vectors


@pytest.mark.parametrize("row", vectors.rows("conditions_ok"))
def test_what_upstream_accepts_parses(row: dict[str, Any]) -> None:
    """Conditions that upstream accepts parse, with any blanks around and within."""
    condition = row["condition"]
    variants = [condition]
    if row["ws_variants"]:
        variants += [f" {condition}", f"{condition} "]
        variants += [condition.replace(" ", "\n"), condition.replace(" ", "\t")]
    for variant in variants:
        parsed = parse.parse(variant)
        assert not isinstance(parsed, diagnostics.Mistake), (variant, parsed)
        assert parse.parse(show.show(parsed)) == parsed


@pytest.mark.parametrize("row", vectors.rows("conditions_bad"))
def test_what_upstream_refuses_is_refused(row: dict[str, Any]) -> None:
    """Conditions that upstream refuses are refused."""
    assert isinstance(parse.parse(row["condition"]), diagnostics.Mistake)


@pytest.mark.parametrize("row", vectors.rows("conditions_ast"))
def test_trees_print_and_compare_as_upstream(row: dict[str, Any]) -> None:
    """Canonical text, reading it back, and equality of trees are upstream's."""
    parsed = parse.parse(row["condition"])
    assert not isinstance(parsed, diagnostics.Mistake)
    if "as_string" in row:
        assert show.canonical(parsed) == row["as_string"]
    if "roundtrip" in row:
        assert parse.parse(show.canonical(parsed)) == parsed
    if "ast_equal" in row:
        assert (parse.parse(row["other"]) == parsed) == row["ast_equal"]


@pytest.mark.parametrize("row", vectors.rows("condition_positions"))
def test_nodes_stand_where_upstream_says(row: dict[str, Any]) -> None:
    """Each node knows where it begins."""
    parsed = parse.parse(row["condition"])
    assert not isinstance(parsed, diagnostics.Mistake)
    positions = "".join(f"{name}{at.start} 1 {at.start + 1}" for name, at in _nodes(parsed))
    assert row.get("positions", positions) == positions
    assert row.get("positions_contains", "") in positions


@pytest.mark.parametrize("row", vectors.rows("escaping"))
def test_strings_are_escaped_as_upstream(row: dict[str, Any]) -> None:
    """Escapes are written and read as upstream does."""
    given = row["input"].encode("latin-1")
    match row["fn"]:
        case "escape":
            assert show.escape(given) == row["output"].encode("latin-1")
        case "unescape" if row.get("error"):
            with pytest.raises(diagnostics.MistakeError):
                lex.Scanner(row["input"]).quoted()
        case "unescape":
            found = lex.Scanner(row["input"]).quoted()
            assert found == row["output"].encode("latin-1")
        case _:
            assert lex.Scanner(show.escape(given).decode("latin-1")).quoted() == given


NAMES = {
    tree.All: "and",
    tree.Either: "or",
    tree.Negate: "not",
    tree.MacroCall: "identifier",
    tree.Exists: "unary",
    tree.Compare: "binary",
    tree.Call: "transformer",
    tree.Items: "transformer_list",
    tree.Values: "list",
    tree.ListName: "value",
    tree.Value: "value",
    tree.Field: "field",
}
"""Upstream's names for our nodes."""


def _nodes(node: Any) -> Iterator[tuple[str, tree.At]]:
    """Return the names and places of a node and of those within it."""
    yield NAMES[type(node)], node.at
    if isinstance(node, tree.Values):
        return
    for value in msgspec.structs.astuple(node):
        for part in value if isinstance(value, tuple) else (value,):
            is_right = isinstance(node, tree.Compare) and part is node.right
            if is_right and isinstance(part, tree.Field):  # upstream: a transformer and its field
                yield "transformer", part.at
                yield "field", tree.At(part.at.start + len("val("), part.at.end)
            elif type(part) in NAMES:
                yield from _nodes(part)
