"""Mistakes as their author sees them."""

import msgspec
import pytest

from shikra.app.mistakes import LONGEST, MOST, gathered, show
from shikra.model.diagnostic import Diagnostic, Severity, Span


def mistake(severity: Severity = Severity.ERROR, excerpt: str = "", column: int = 1) -> Diagnostic:
    """Make a mistake in one place."""
    return Diagnostic(
        severity=severity,
        code="LOAD_X",
        message="it is wrong",
        span=Span("a.yaml", 3, column, 4),
        excerpt=excerpt,
    )


def test_the_place_is_pointed_at() -> None:
    """The line of the file follows, and below it marks where the mistake is."""
    assert show([mistake(excerpt="cond: nmae = x", column=7)]).splitlines() == [
        "a.yaml:3:7: LOAD_X it is wrong",
        "    cond: nmae = x",
        "          ^^^^",
    ]


def test_nothing_in_a_file_acts_on_the_terminal() -> None:
    """An excerpt is shown escaped, and the mark still points at the place."""
    assert show([mistake(excerpt="\x1b[2Jnmae", column=5)]).splitlines()[1:] == [
        r"    \u001b[2Jnmae",
        "             ^^^^",
    ]


def test_a_very_long_line_is_shown_round_the_place() -> None:
    """What is far from the mistake is left out, and the mark still points at the place."""
    excerpt = "a" * 90_000 + "nmae" + "b" * 90_000
    _, shown, pointer = show([mistake(excerpt=excerpt, column=90_001)]).splitlines()
    assert len(shown) < 2 * LONGEST
    assert shown[pointer.index("^") : pointer.rindex("^") + 1] == "nmae"


@pytest.mark.parametrize("excerpt", ["", "x"])
def test_a_place_that_is_not_in_the_line_is_no_problem(excerpt: str) -> None:
    """A mark that lies past the end of the line is shown where it would be."""
    assert "a.yaml:3:9" in show([mistake(excerpt=excerpt, column=9)])


def test_errors_come_first_and_not_all() -> None:
    """Warnings are called so and follow errors; of very many only the first are shown."""
    shown = show([mistake(Severity.WARNING)] + [mistake()] * (MOST + 1)).splitlines()
    assert shown[0] == "a.yaml:3:1: LOAD_X it is wrong"
    assert shown[-1] == "... and 2 more"
    assert show([mistake(Severity.WARNING)]).startswith("warning: ")


def test_a_source_without_events_is_told_once() -> None:
    """The first rule is told, before all else, and how many there are; the rest stays."""
    unfed = msgspec.structs.replace(mistake(Severity.WARNING), code="SHIKRA_SOURCE_NOT_FED")
    said = gathered([mistake(), unfed, mistake(), unfed, unfed])
    assert [one.message for one in said] == ["it is wrong (3 rules)", "it is wrong", "it is wrong"]
    assert gathered([unfed]) == (unfed,)


def test_more_are_shown_if_wanted() -> None:
    """Who checks files sees more than who only runs them."""
    assert len(show([mistake()] * (MOST + 1), most=MOST + 1).splitlines()) == MOST + 1


def test_a_part_of_a_long_line_is_marked_where_it_is() -> None:
    """Where only the middle of a line is shown, the mark is below the same characters."""
    one = msgspec.structs.replace(mistake(excerpt="abc nmae", column=905), excerpt_column=901)
    assert show([one]).splitlines()[1:] == ["    abc nmae", "        ^^^^"]
