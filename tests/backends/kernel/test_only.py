"""Tables of which some conditions are left."""

from pathlib import Path

import pytest

from shikra.app import rulebook
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.interpret import Facts, ImageBits, Name, judge
from shikra.backends.kernel.only import only
from shikra.model.kernel_tables import ContainerBits, KernelTables, Relation, View

RULES = Path(__file__).parents[3] / "rules"
MEMBERS = {"open_flags": 0, "file_mode": 0o100644, "result": 3}


@pytest.fixture(scope="module")
def tables() -> KernelTables:
    """Those of the vault pack."""
    return compile_tables(rulebook.read_book([str(RULES / "vault-secrets")]).ruleset).tables


def _facts(name: bytes, flags: frozenset[str], container: ContainerBits) -> Facts:
    above, _, last = name.rpartition(b"/")
    return Facts(
        event_type="openat",
        related=dict.fromkeys(Relation, ImageBits()),
        process_flags=flags,
        container=container,
        members=MEMBERS,
        has=frozenset({"HAS_DESCRIPTOR", "HAS_FILE"}),
        flags=frozenset(),
        opened=Name({View.PATH: name, View.DIRECTORY: above, View.FILENAME: last}),
    )


@pytest.mark.parametrize("name", [b"/mnt/secrets/token", b"/mnt/other"], ids=["secret", "other"])
@pytest.mark.parametrize(
    "flags",
    [
        frozenset[str](),
        frozenset({"PROCESS_IN_INIT_TREE"}),
        frozenset({"PROCESS_IN_INIT_TREE", "PROCESS_EXE_IS_INIT"}),
    ],
    ids=["foreign", "child", "application"],
)
@pytest.mark.parametrize(
    "container",
    [ContainerBits(0), ContainerBits(1), ContainerBits(3), ContainerBits(0, (1 << 256) - 1)],
    ids=["no bit", "one bit", "two bits", "unknown"],
)
def test_what_is_left_is_judged_as_before(
    tables: KernelTables, name: bytes, flags: frozenset[str], container: ContainerBits
) -> None:
    """Each condition by itself says what it said among all others."""
    facts = _facts(name, flags, container)
    whole = judge(tables, facts)
    for one in next(one for one in tables.classes if one.event_type == "openat").conditions:
        wanted = frozenset({one})
        found = judge(only(tables, ("openat",), wanted), facts)
        assert (found.may, found.surely) == (whole.may & wanted, whole.surely & wanted)


def test_nothing_else_is_left(tables: KernelTables) -> None:
    """Other types of events and other conditions' atoms are gone."""
    (of_class,) = only(tables, ("openat",), frozenset()).classes
    assert not of_class.conditions
    assert not of_class.full.atoms
    assert not of_class.full.gates


def test_a_member_that_nobody_told_is_unknown(tables: KernelTables) -> None:
    """What reads it may hold and doesn't surely."""
    facts = _facts(b"/mnt/secrets/token", frozenset(), ContainerBits((1 << 256) - 1))
    wanted = judge(tables, facts).surely
    untold = Facts(
        **{each: getattr(facts, each) for each in Facts.__struct_fields__ if each != "members"},
        members={"file_mode": 0o100644},
    )
    assert not judge(tables, untold).surely & wanted
    assert judge(tables, untold).may >= wanted
