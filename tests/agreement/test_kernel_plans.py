"""How much of the rules that people have the kernel decides."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app import packs, rule_files
from shikra.backends.kernel import bounds
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.rule_plan import Verdict
from shikra.model import event_types, fields
from shikra.rules import build
from shikra.rules.ir import RuleSet
from support.shared import shared_data

UPSTREAM = "upstream"


def _folders() -> Iterator[object]:
    yield from (pytest.param(name, id=name) for name in (*packs.names(), UPSTREAM))


def _load(name: str) -> RuleSet:
    path = (
        shared_data("data/rules/falco_rules.yaml")
        if name == UPSTREAM
        else Path(packs.find(f"pack:{name}"))
    )
    found = rule_files.read([str(path)])
    loaded = build.load(found.files, fields.CATALOGUE, event_types=event_types.NAMES)
    assert loaded.ok, list(map(str, loaded.diagnostics))
    return loaded.ruleset


@pytest.mark.parametrize("name", [*_folders()])
def test_the_kernel_decides_some_of_every_rule(name: str) -> None:
    """No rule on system calls, of the packs or upstream's stable ones, is left to user space."""
    ruleset = _load(name)
    found = compile_tables(ruleset)
    left = {
        rule.info.name
        for rule, plan in zip(ruleset.rules, found.rules, strict=True)
        if rule.info.source == "syscall"
        and (plan is None or plan.verdict is Verdict.USER_SPACE or not plan.kinds)
    }
    assert left == set()
    assert bounds.fits(found.tables)


@pytest.mark.parametrize("name", [*_folders()])
def test_rules_on_paths_wait_for_a_path(name: str) -> None:
    """Where a path is opened, no condition is left that any path would keep."""
    for of_class in compile_tables(_load(name)).tables.classes:
        if of_class.event_type.startswith("open"):
            assert of_class.named == of_class.conditions
