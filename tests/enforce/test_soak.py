"""How long a rule is only observed."""

from shikra.enforce.soak import SECOND_NS, Soak

NOW_NS = 1_700_000_000 * SECOND_NS


def test_a_new_rule_soaks_for_a_while() -> None:
    """A rule soaks from when it is first loaded, whatever is loaded again; its end is told once."""
    soak = Soak(100, {})
    soak.know(["First"], NOW_NS)
    soak.know(["First", "Second"], NOW_NS + 60 * SECOND_NS)
    assert soak.is_on("First", NOW_NS + 99 * SECOND_NS)
    assert soak.over(NOW_NS + 99 * SECOND_NS) == ()
    assert not soak.is_on("First", NOW_NS + 100 * SECOND_NS)
    assert soak.is_on("Second", NOW_NS + 100 * SECOND_NS)
    assert soak.over(NOW_NS + 100 * SECOND_NS) == ("First",)
    assert soak.over(NOW_NS + 1000 * SECOND_NS) == ("Second",)
    assert soak.over(NOW_NS + 2000 * SECOND_NS) == ()


def test_without_a_time_nothing_soaks() -> None:
    """A soak of no seconds is none, and has no end to tell."""
    soak = Soak(0, {})
    soak.know(["First"], NOW_NS)
    assert not soak.is_on("First", NOW_NS)
    assert soak.over(NOW_NS) == ()


def test_somebody_may_end_a_soak() -> None:
    """A rule that somebody takes for tried soaks no more, also if soaks are made longer."""
    soak = Soak(100, {})
    soak.know(["First"], NOW_NS)
    soak.end("First")
    assert not soak.is_on("First", NOW_NS + 1)
    soak.seconds = 1000
    soak.know(["First"], NOW_NS + 2)
    assert not soak.is_on("First", NOW_NS + 2)
    assert soak.over(NOW_NS + 2000 * SECOND_NS) == ()


def test_a_rule_that_was_away_is_new() -> None:
    """A rule that was taken out and comes back soaks again, ended early or not."""
    soak = Soak(100, {})
    soak.know(["First"], NOW_NS)
    soak.end("First")
    soak.know([], NOW_NS + 200 * SECOND_NS)
    soak.know(["First"], NOW_NS + 300 * SECOND_NS)
    assert soak.left_seconds("First", NOW_NS + 310 * SECOND_NS) == 90


def test_a_restart_goes_on_with_the_soak() -> None:
    """What is remembered counts: a rule that soaked before is no newer for a restart."""
    before = Soak(100, {})
    before.know(["First", "Second"], NOW_NS)
    before.end("Second")
    after = Soak(100, before.since_ns)
    after.know(["First", "Second", "Third"], NOW_NS + 60 * SECOND_NS)
    left = [
        after.left_seconds(rule, NOW_NS + 70 * SECOND_NS) for rule in ("First", "Second", "Third")
    ]
    assert left == [30, 0, 90]


def test_a_clock_that_is_set_back_makes_no_soak_longer() -> None:
    """A rule soaks again at most as long as it is set."""
    soak = Soak(100, {"First": NOW_NS + 5_000 * SECOND_NS})
    assert soak.left_seconds("First", NOW_NS) == 100
