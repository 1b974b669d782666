"""What is said of rules that the kernel decides, in part or not at all."""

from pathlib import Path

import pytest

from shikra.app import crossing, rulebook
from support.rulesets import rule_text


def book_of(tmp_path: Path, *conditions: str) -> rulebook.Book:
    """Read rules R0, R1 and so on with these conditions."""
    path = tmp_path / "rules.yaml"
    texts = (rule_text(one).replace("rule: R", f"rule: R{n}") for n, one in enumerate(conditions))
    path.write_text("".join(texts))
    return rulebook.read_book([str(path)])


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        pytest.param("evt.type = openat and fd.name = /a", None, id="decided"),
        pytest.param("evt.type = openat", None, id="asked for"),
        pytest.param(
            "evt.type = openat and fd.name regex a.b and proc.name = x", None, id="decided in part"
        ),
        pytest.param(
            "evt.type in (openat, open) and fd.name regex a.b", "SHIKRA_ALL_CROSSES", id="opens"
        ),
        pytest.param("evt.type = execve and proc.cmdline regex a.b", None, id="seldom"),
        pytest.param(
            "evt.type = openat and evt.type = execve", "SHIKRA_NEVER_MATCHES", id="two types"
        ),
        pytest.param(
            "evt.type = openat and proc.name = a and not proc.name = a",
            "SHIKRA_NEVER_MATCHES",
            id="contradicts itself",
        ),
        pytest.param("evt.type = semop", None, id="never, which is said already"),
    ],
)
def test_who_writes_a_rule_is_warned(tmp_path: Path, condition: str, code: str | None) -> None:
    """A rule that costs every open, and one that can't match, are told at their place."""
    book = book_of(tmp_path, condition)
    found = list(crossing.warnings(book, crossing.plans(book.ruleset)))
    assert [one.code for one in found] == ([] if code is None else [code])
    for one in found:
        assert 'shikra rules explain "R0" -r ' in one.hint
        assert one.excerpt.endswith("R0")


def test_rules_that_the_tables_have_no_room_for_are_told_once(tmp_path: Path) -> None:
    """However many there are past the bound, it is one warning, with their number."""
    book = book_of(tmp_path, *(f"evt.type = openat and fd.name = /{n}" for n in range(520)))
    plans = crossing.plans(book.ruleset)
    past = sum(plan.is_past_bound for plan in plans.values())
    assert past >= 8
    (warning,) = crossing.warnings(book, plans)
    (sentence,) = crossing.told(plans)
    assert warning.code == "SHIKRA_TABLES_FULL"
    for said in (warning.message, sentence):
        assert f"(512 rules at most): {past} rules" in said
        assert f"and {past - 3} more" in said


def test_who_starts_shikra_is_warned_once_of_all_such_rules(tmp_path: Path) -> None:
    """Which calls all cross, and for which rules, is one sentence."""
    regex = "evt.type = {} and fd.name regex a.b"
    book = book_of(tmp_path, regex.format("openat"), regex.format("open"), "evt.type = openat")
    (sentence,) = crossing.told(crossing.plans(book.ruleset))
    assert sentence.startswith("every open, openat of this machine crosses to Python")
    assert '"R0", "R1"' in sentence


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        pytest.param(
            ["evt.type = open", "evt.type = open and fd.name regex a.b"],
            "1 exact, 0 superset, 1 user-space only",
            id="all can match",
        ),
        pytest.param(
            ["evt.type = semop"], "0 exact, 0 superset, 0 user-space only, 1 never", id="one can't"
        ),
    ],
)
def test_rules_are_summed_up(tmp_path: Path, conditions: list[str], said: str) -> None:
    """How many rules are decided how far is said in a few words."""
    plans = crossing.plans(book_of(tmp_path, *conditions).ruleset)
    assert crossing.summed(plans.values()) == said
