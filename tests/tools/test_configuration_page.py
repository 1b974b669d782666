"""The page of the configuration says what may be set."""

import enum
from typing import Annotated

import msgspec
import pytest
from configuration_page import rows

from shikra.app.settings import Section


class Colour(enum.Enum):
    """A closed choice."""

    RED = "red"
    BLUE = "blue"


class Inner(Section, frozen=True, kw_only=True):
    """What is inside."""

    depth: int = 3


class Outer(Section, frozen=True, kw_only=True):
    """A section with one setting of each kind."""

    switch: bool = True  # turns it on
    colour: Colour = Colour.RED
    size: Annotated[int, msgspec.Meta(ge=1, le=9)] = 2
    names: tuple[str, ...] = ("a", "b")
    nothing: str | None = None
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    words: dict[str, str] = msgspec.field(default_factory=dict)  # by name


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(("`switch`", "true or false", "`true`", "turns it on"), id="comment"),
        pytest.param(("`colour`", "`red`, `blue`", "`red`", ""), id="closed choice"),
        pytest.param(("`size`", "a whole number from 1 to 9", "`2`", ""), id="bounds"),
        pytest.param(("`names`", "a list of text", "`[a, b]`", ""), id="list"),
        pytest.param(("`nothing`", "text", "", ""), id="nothing unless set"),
        pytest.param(("`words`", "a mapping of names to text", "", "by name"), id="mapping"),
        pytest.param(("`inner`", "a mapping", "", "What is inside."), id="section"),
        pytest.param(("`inner.depth`", "a whole number", "`3`", ""), id="within a section"),
        pytest.param(("`many[].depth`", "a whole number", "`3`", ""), id="within a list"),
    ],
)
def test_a_setting_has_a_row(row: tuple[str, ...]) -> None:
    """A key has its path, what it may be, its default and the comment behind it."""
    assert row in list(rows(Outer, ""))
