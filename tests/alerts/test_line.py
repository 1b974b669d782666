"""Alerts as text."""

import re
import time

import pytest

from shikra.alerts.line import Line
from shikra.model.enforcement import Action
from shikra.model.rule import Priority
from support.alerts import alert

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the time zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_line_is_laid_out_as_falco_does() -> None:
    """Time to the nanosecond, a colon, the priority's title, the message."""
    assert Line()(alert()) == (
        "22:13:20.123456789: Critical Secret read (user=root file=/mnt/secrets/db-password)"
    )


def test_time_may_be_iso_8601() -> None:
    """With ISO 8601 the line has the date and the offset."""
    assert Line(iso_8601=True)(alert()).startswith("2023-11-14T22:13:20.123456789+0000: Critical ")


@pytest.mark.parametrize("priority", Priority)
def test_colours_change_nothing_but_colour(priority: Priority) -> None:
    """Without its colours, a coloured line is the plain one; each priority has its colour."""
    coloured = Line(is_coloured=True)(alert(priority=priority))
    assert COLOUR.sub("", coloured) == Line()(alert(priority=priority))
    assert f"m{priority.title}\x1b[0m" in coloured


@pytest.mark.parametrize(
    ("count", "is_summary", "end"),
    [
        pytest.param(1, False, ")", id="itself alone"),
        pytest.param(8, False, ") (and 7 more)", id="itself and others"),
        pytest.param(8, True, ") (and 8 more)", id="others alone"),
    ],
)
def test_a_count_is_told(count: int, is_summary: bool, end: str) -> None:
    """An alert that stands for others says for how many."""
    line = Line()(alert(count=count, is_summary=is_summary))
    assert line.endswith(f"db-password{end}")


@pytest.mark.parametrize("action", Action)
def test_what_was_done_stands_behind_the_message(action: Action) -> None:
    """A line says what became of the match before it says how many there were."""
    line = Line()(alert(action=action, count=3))
    assert line.endswith(f"db-password) [{action.value}] (and 2 more)")


@pytest.mark.parametrize("is_coloured", [False, True])
def test_what_an_attacker_wrote_does_not_reach_the_terminal(is_coloured: bool) -> None:
    """A path with a terminal sequence and a line end is shown, not obeyed."""
    line = Line(is_coloured=is_coloured)(alert(message="Read (file=/srv/\x1b[2J\nCritical fake)"))
    assert r"/srv/\u001b[2J\nCritical fake" in COLOUR.sub("", line)
    assert len(line.splitlines()) == 1


def test_what_was_left_out_is_said() -> None:
    """A reader isn't to take what was cut away for what wasn't there."""
    assert Line()(alert(is_truncated=True)).endswith("db-password) [truncated]")
