"""Finding a rule by what a user calls it."""

from pathlib import Path

import pytest

from shikra.app import rulebook

RULE = "- rule: {}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"


@pytest.fixture(name="book")
def _book(tmp_path: Path) -> rulebook.Book:
    path = tmp_path / "rules.yaml"
    names = ("Read secret", "Read secret twice", "Write", "WRITE more", "Naïve")
    path.write_text("".join(RULE.format(name) for name in names))
    return rulebook.read_book([str(path)])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        pytest.param("Read secret", "Read secret", id="exact, though a part of another"),
        pytest.param("read SECRET", "Read secret", id="exact but for the case"),
        pytest.param("twice", "Read secret twice", id="a part"),
        pytest.param("MORE", "WRITE more", id="a part in another case"),
    ],
)
def test_a_rule_is_found(book: rulebook.Book, words: str, name: str) -> None:
    """A rule is found by its name, or by a part that no other has."""
    assert rulebook.find(book, words) == name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("raed secret", 'did you mean "Read secret"?', id="misspelt"),
        pytest.param("secret", '"Read secret", "Read secret twice"', id="of several"),
        pytest.param("xyz", "shikra rules list", id="of none"),
    ],
)
def test_who_is_meant_is_asked(book: rulebook.Book, words: str, told: str) -> None:
    """A name that no rule or more than one answers to is told with those that come near."""
    with pytest.raises(rulebook.UnknownRuleError, match=r"rule|several") as caught:
        rulebook.find(book, words)
    assert told in str(caught.value)
