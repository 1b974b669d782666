"""What is told of how each rule is evaluated."""

import pytest

from shikra.backends.kernel import bounds
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.backends.kernel.stages import Stage
from shikra.rules.ir import Read
from support.circuits import read
from support.rulesets import load, rule_text


def _plan(condition: str) -> RulePlan:
    loaded = load(rule_text(condition))
    assert loaded.ok, list(map(str, loaded.diagnostics))
    (found,) = compile_tables(loaded.ruleset).rules
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        pytest.param("evt.type = open and fd.name startswith /etc", Verdict.EXACT, id="a path"),
        pytest.param("evt.type = open and fd.name regex a.b", Verdict.USER_SPACE, id="a regex"),
        pytest.param(
            "evt.type = open and proc.name = a and fd.name regex b", Verdict.SUPERSET, id="a part"
        ),
        pytest.param(
            "evt.type = open and (proc.name = a or fd.name regex b)", Verdict.SUPERSET, id="either"
        ),
        pytest.param("evt.type = connect and fd.name startswith /", Verdict.SUPERSET, id="socket"),
        pytest.param("evt.type in (open, connect) and fd.sport = 1", Verdict.EXACT, id="elsewhere"),
    ],
)
def test_verdicts(condition: str, verdict: Verdict) -> None:
    """A rule is exact if the kernel decides all of it wherever it may match."""
    assert _plan(condition).verdict is verdict


def test_comparisons_stand_by_their_stage() -> None:
    """Each comparison is listed where it is decided, the type of event nowhere."""
    plan = _plan(
        "evt.type = open and container.id != host and proc.name = a and fd.num >= 0"
        " and (fd.directory = /etc or fd.name = /a)"
    )
    names = {
        stage: [atom.left.name for atom in atoms if isinstance(atom.left, Read)]
        for stage, atoms in plan.atoms.items()
    }
    assert names == {
        Stage.CONTAINER: ["container.id"],
        Stage.PROCESS: ["proc.name"],
        Stage.NUMBERS: ["fd.num"],
        Stage.NAMES: ["fd.directory", "fd.name"],
    }
    assert plan.left == ()
    assert plan.gates > 0
    assert plan.kinds == ("open",)


def test_what_is_left_says_why() -> None:
    """A comparison that isn't decided comes with its reason."""
    plan = _plan("evt.type = open and proc.name = a and b64(fd.name) = /etc/shadow")
    ((left),) = plan.left
    assert left.reason == "this transformer is applied in user space"


def test_what_the_type_of_event_settles_isnt_left() -> None:
    """A comparison that can't matter where it isn't decided is no reason to say so."""
    plan = _plan(
        "evt.type = open and fd.num = 1 or evt.type = connect and fd.name = /a and fd.num < 0"
    )
    assert [left.atom.left for left in plan.left] == [read("fd.name")]
    plan = _plan("evt.type = open and (fd.name = /a or evt.type = connect and fd.name contains b)")
    assert plan.left == ()
    assert plan.verdict is Verdict.EXACT


def test_a_rule_past_the_bound_says_so() -> None:
    """A rule that the tables don't hold is told from one that they can't decide."""
    texts = [
        rule_text(f"evt.type = open and fd.name = /f/{number}").replace(
            "rule: R", f"rule: {number}"
        )
        for number in range(bounds.RULES + 1)
    ]
    *kept, last = compile_tables(load("".join(texts)).ruleset).rules
    assert last is not None
    assert last.is_past_bound
    assert last.verdict is Verdict.USER_SPACE
    assert {plan.verdict for plan in kept if plan} == {Verdict.EXACT}
