"""How long a rule is only observed."""

from shikra.enforce.soak import SECOND_NS, Soak


def test_a_new_rule_soaks_for_a_while() -> None:
    """A rule soaks from when it is first loaded, whatever is loaded again; its end is told once."""
    soak = Soak(100)
    soak.know(["First"], 0)
    soak.know(["First", "Second"], 60 * SECOND_NS)
    assert soak.is_on("First", 99 * SECOND_NS)
    assert soak.over(99 * SECOND_NS) == ()
    assert not soak.is_on("First", 100 * SECOND_NS)
    assert soak.is_on("Second", 100 * SECOND_NS)
    assert soak.over(100 * SECOND_NS) == ("First",)
    assert soak.over(1000 * SECOND_NS) == ("Second",)
    assert soak.over(2000 * SECOND_NS) == ()


def test_without_a_time_nothing_soaks() -> None:
    """A soak of no seconds is none, and has no end to tell."""
    soak = Soak(0)
    soak.know(["First"], 5)
    assert not soak.is_on("First", 5)
    assert soak.over(6) == ()


def test_somebody_may_end_a_soak() -> None:
    """A rule that somebody takes for tried soaks no more, also if soaks are made longer."""
    soak = Soak(100)
    soak.know(["First"], 0)
    soak.end("First")
    assert not soak.is_on("First", 1)
    soak.seconds = 1000
    soak.know(["First"], 2)
    assert not soak.is_on("First", 2)
    assert soak.over(2000 * SECOND_NS) == ()


def test_a_rule_that_was_away_is_new() -> None:
    """A rule that was taken out and comes back soaks again, ended early or not."""
    soak = Soak(100)
    soak.know(["First"], 0)
    soak.end("First")
    soak.know([], 200 * SECOND_NS)
    soak.know(["First"], 300 * SECOND_NS)
    assert soak.left_seconds("First", 310 * SECOND_NS) == 90
