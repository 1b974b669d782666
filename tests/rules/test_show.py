"""Trees printed as conditions."""

import hypothesis
import pytest
from hypothesis import strategies

from shikra.rules import lex, parse, show, tree
from support import language


@hypothesis.given(language.conditions)
def test_what_is_shown_reads_back_as_it_was(condition: tree.Expr) -> None:
    """Showing a tree and parsing it gives the tree."""
    assert parse.parse(show.show(condition)) == condition


@hypothesis.given(strategies.binary())
def test_what_is_quoted_reads_back_as_it_was(value: bytes) -> None:
    """Quoting keeps every byte."""
    assert lex.Scanner(show.quoted(value)).quoted() == value


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        pytest.param("(a or (b and not c))", "(a or (b and not c))", id="parentheses always"),
        pytest.param('a.b = "x y"', 'a.b = "x y"', id="blanks are quoted"),
        pytest.param('a.b = "x(y"', "a.b = x(y", id="parentheses aren't"),
        pytest.param('join("-",(a.b,"c"))=x', "join(-,(a.b,c)) = x", id="no quotes in arguments"),
    ],
)
def test_canonical_text_is_falcos(condition: str, text: str) -> None:
    """The canonical text is what Falco prints, even where it can't be read back."""
    parsed = parse.parse(condition)
    assert isinstance(parsed, tree.Expr)
    assert show.canonical(parsed) == text
