"""Which plan an event belongs to, and what the kernel did about it."""

import pytest

from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.generations import Generations
from shikra.app.pipeline.orders import NOT_SURE, Found
from shikra.model.verdict import Outcome, Verdict
from support.events import plan_of, rule

RULES = [rule(name, f"fd.name startswith /{name}") for name in ("a", "b", "c")]
FIRST, SECOND, THIRD = b"\1", b"\2", b"\4"
ALL = b"\7"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        pytest.param(
            Verdict(1, ALL, FIRST, Outcome.KILLED, FIRST),
            Found(Outcome.KILLED, is_sure=True),
            id="about this rule",
        ),
        pytest.param(
            Verdict(1, ALL, b"\3", Outcome.KILLED, SECOND),
            Found(None, is_sure=True),
            id="about another, and this is sure",
        ),
        pytest.param(Verdict(1, ALL, SECOND, Outcome.KILLED, SECOND), NOT_SURE, id="about another"),
        pytest.param(Verdict(1, ALL, FIRST), Found(None, is_sure=True), id="nothing was ordered"),
        pytest.param(
            Verdict(9, ALL, FIRST, Outcome.KILLED, FIRST),
            Found(Outcome.KILLED, is_sure=True),
            id="by tables that are forgotten",
        ),
        pytest.param(Verdict(9, ALL, FIRST), NOT_SURE, id="nothing, by forgotten tables"),
    ],
)
def test_what_was_done_is_told_of_the_rules_it_was_done_for(
    verdict: Verdict, expected: Found
) -> None:
    """A rule shares in what the kernel did only where one of its own conditions was acted on."""
    generations = Generations()
    rules = tuple(frozenset({number}) for number in range(3))
    generations.add(1, plan_of("".join(RULES)), Candidates(rules))
    assert generations.did(verdict, 0) == expected
