"""What rules ask of an executable, decided by the kernel's tables and live."""

import itertools

import pytest

from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.interpret import judge
from shikra.backends.live.compile import compile_rules
from shikra.model.process import Executable, Process
from shikra.rules.ir import Op, RuleSet
from support import kernel_facts
from support.circuits import atom, rule
from support.kernel_records import call_event

FIELDS = ("is_exe_writable", "is_exe_upper_layer", "is_exe_lower_layer", "is_exe_from_memfd")
TOLD = {"is_writable": False, "is_upper_layer": False, "is_lower_layer": False} | {
    "is_from_memfd": False
}
ASKED = tuple(itertools.product(FIELDS, (Op.EQ, Op.NE), (True, False)))


@pytest.mark.parametrize(
    "executable",
    [
        pytest.param(None, id="no executable"),
        pytest.param(Executable(device=8, inode=9), id="nothing told"),
        pytest.param(Executable(device=8, inode=9, **TOLD), id="none of it"),
        pytest.param(
            Executable(device=8, inode=9, **TOLD | {"is_writable": None}), id="writable perhaps"
        ),
        *(
            pytest.param(Executable(device=8, inode=9, **TOLD | {name: True}), id=name)
            for name in TOLD
        ),
    ],
)
def test_the_kernel_decides_exactly(executable: Executable | None) -> None:
    """May and surely are what live says, also where nothing is known of the executable."""
    nodes = tuple(atom(f"proc.{name}", op, value) for name, op, value in ASKED)
    rules = tuple(rule(str(root), root, "execve") for root in range(len(nodes)))
    ruleset = RuleSet(nodes=nodes, rules=rules)
    evaluator, compiled = compile_rules(ruleset), compile_tables(ruleset)
    event = call_event("execve", process_of=Process(id=1, pid=7, executable=executable))
    judged = judge(
        compiled.tables, kernel_facts.facts(event, compiled.tables, compiled.container_atoms)
    )
    fired = frozenset(evaluator.matches(event))
    for conditions in (judged.may, judged.surely):
        found = frozenset[int]().union(*(compiled.tables.rules[each] for each in conditions))
        assert found == fired
