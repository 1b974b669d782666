"""Conditions to trees."""

import hypothesis
import pytest
from hypothesis import strategies

from shikra.rules import diagnostics, parse, show
from support import cases, language, rendering

NESTED = 250


@pytest.mark.parametrize(("given", "result"), cases.rows("parse"))
def test_parse_cases(given: str, result: str) -> None:
    """A condition becomes the tree that its case shows, or the mistake at its place."""
    assert rendering.parsed(given) == result


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 100_000, id="open parentheses"),
        pytest.param("(" * 1000 + "a" + ")" * 1000, id="a thousand parentheses"),
        pytest.param("tolower(" * 1000 + "a.b" + ")" * 1000 + " = x", id="transformers"),
        pytest.param('a.b = "' + '\\"' * 100_000, id="a string of escaped quotes"),
        pytest.param("not " * 100_000, id="negations of nothing"),
        pytest.param("a.b in (" + "x," * 100_000, id="a list without an end"),
    ],
)
def test_what_is_too_deep_or_has_no_end_is_a_mistake(text: str) -> None:
    """No text is so deep or so long that parsing it fails in another way than by a mistake."""
    assert isinstance(parse.parse(text), diagnostics.Mistake)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * NESTED + "a" + ")" * NESTED, id="parentheses"),
        pytest.param("not (" * NESTED + "a" + ")" * NESTED, id="negations in parentheses"),
        pytest.param("a and " * 100_000 + "a", id="a long conjunction"),
        pytest.param("not " * 100_000 + "a", id="many negations"),
        pytest.param("a.b = " + "x" * 1_000_000, id="a long string"),
    ],
)
def test_what_is_merely_long_parses(text: str) -> None:
    """As deep as Falco goes, and as long as anybody writes, a condition parses and prints."""
    parsed = parse.parse(text)
    assert not isinstance(parsed, diagnostics.Mistake)
    assert show.show(parsed)


@hypothesis.given(strategies.text())
def test_any_text_is_a_tree_or_a_mistake_within_it(text: str) -> None:
    """Parsing raises nothing, whatever the text, and a mistake stands within it or at its end."""
    parsed = parse.parse(text)
    if isinstance(parsed, diagnostics.Mistake):
        assert 0 <= parsed.at.start <= len(text)


@hypothesis.given(strategies.lists(strategies.sampled_from(language.WORDS)).map("".join))
def test_any_words_are_a_tree_or_a_mistake(text: str) -> None:
    """Parsing raises nothing, whatever the order of the language's own words."""
    parsed = parse.parse(text)
    if not isinstance(parsed, diagnostics.Mistake):
        assert parse.parse(show.show(parsed)) == parsed
