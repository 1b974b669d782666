"""The test events of each rule of each pack, read by all that read rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app import packs, rule_test_file, rule_tests
from shikra.app.pipeline.evaluate import evaluate
from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.backends.kernel.interpret import judge
from support import kernel_facts
from support.told import told


def cases() -> Iterator[object]:
    """Yield every test of every pack."""
    for pack in packs.names():
        for file in rule_tests.test_files(Path(f"pack:{pack}")):
            for case in rule_test_file.parse(str(file), file.read_bytes()).cases:
                if case.kept is None:  # of the audit log there is but one reader
                    yield pytest.param(file.parent, case, id=f"{case.rule}: {case.name}")


@pytest.fixture(scope="module")
def rules() -> dict[Path, tuple[rule_tests.Rules, Compiled]]:
    """Keep the packs' rules, compiled for every reader."""
    found = {}
    for pack in packs.names():
        folder = packs.find(f"pack:{pack}")
        loaded = rule_tests.load(folder)
        found[folder] = (loaded, compile_tables(loaded.plan.ruleset))
    return found


@pytest.mark.parametrize(("folder", "case"), [*cases()])
def test_all_readers_say_what_a_rule_test_expects(
    folder: Path,
    case: rule_test_file.Case,
    rules: dict[Path, tuple[rule_tests.Rules, Compiled]],
) -> None:
    """Live says it of fields and of a record; the kernel holds nothing back and is never wrong."""
    loaded, compiled = rules[folder]
    rule = loaded.names.index(case.rule)
    (flat,), _ = rule_tests.read_events(case, loaded)
    event = told(flat)
    for each in (flat, event):
        assert (rule in {match.rule for match in evaluate(each, loaded.plan)}) == case.fires
    facts = kernel_facts.facts(event, compiled.tables, compiled.container_atoms)
    judged = judge(compiled.tables, facts)
    may, surely = (
        {rule for condition in conditions for rule in compiled.tables.rules[condition]}
        for conditions in (judged.may, judged.surely)
    )
    assert rule in may or not case.fires
    assert rule not in surely or case.fires
