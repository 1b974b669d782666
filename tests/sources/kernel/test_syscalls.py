"""System calls have other numbers in each table."""

import pytest

from shikra.model import event_types
from shikra.sources.kernel import syscalls
from shikra.sources.kernel.syscalls import Table


@pytest.mark.parametrize(
    ("table", "machine", "numbers"),
    [
        pytest.param(Table.NATIVE, "x86_64", [2, 257], id="x86-64"),
        pytest.param(Table.COMPAT, "x86_64", [5, 295], id="i386"),
        pytest.param(Table.NATIVE, "aarch64", [56], id="arm64 has no open"),
        pytest.param(Table.COMPAT, "aarch64", [5, 322], id="arm"),
    ],
)
def test_names_become_numbers(table: Table, machine: str, numbers: list[int]) -> None:
    """A name is asked for by its number in each table that has it; other names are no calls."""
    assert syscalls.numbers(table, ["open", "openat", "container"], machine) == numbers


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_event_type_that_is_promised_can_be_watched(machine: str) -> None:
    """What rules may name as produced by the kernel is in the tables."""
    known = {name for table in Table for name in syscalls.names(table, machine).values()}
    assert known == set(event_types.PRODUCED)
