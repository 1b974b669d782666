"""Conditions over lines."""

from hypothesis import given, settings

from shikra.rules import diagnostics, layout, parse, tree
from support import language


@settings(max_examples=30)
@given(language.conditions)
def test_lines_are_read_back(expr: tree.Expr) -> None:
    """What is laid out parses to the same tree."""
    assert parse.parse("\n".join(layout.lines(expr))) == expr


def test_parts_stand_in_lines() -> None:
    """What doesn't fit in a line has a part a line, parts of parts in parentheses."""
    long = ", ".join(f"value{number}" for number in range(12))
    parsed = parse.parse(f"a and (b or c) and not (d or e.f in ({long})) and g")
    assert not isinstance(parsed, diagnostics.Mistake)
    assert "\n".join(layout.lines(parsed)) == (
        "a\n"
        "and (b or c)\n"
        "and not (d\n"
        "         or e.f in (value0, value1, value2, value3, value4, value5, value6, value7,"
        " value8, value9,\n"
        "              value10, value11))\n"
        "and g"
    )
