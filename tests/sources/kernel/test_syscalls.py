"""System calls have other numbers in each table."""

import re
from pathlib import Path

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


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        pytest.param(["chown"], [182, 212], id="made again with wider ids"),
        pytest.param(["connect"], [102, 362], id="also by socketcall"),
        pytest.param(["accept"], [102, 511], id="by socketcall alone"),
    ],
)
def test_a_call_may_have_several_numbers(names: list[str], numbers: list[int]) -> None:
    """A call is asked for by each number that means it."""
    assert syscalls.numbers(Table.COMPAT, names, "x86_64") == numbers


@pytest.mark.parametrize(
    ("machine", "absent"),
    [
        pytest.param("x86_64", set(), id="x86-64"),
        pytest.param("aarch64", {"umount"}, id="arm64"),
    ],
)
def test_every_event_type_that_is_promised_can_be_watched(machine: str, absent: set[str]) -> None:
    """What rules may name as produced by the kernel is in the tables."""
    known = {name for table in Table for name in syscalls.names(table, machine).values()}
    assert known | absent == set(event_types.PRODUCED)


@pytest.mark.parametrize(
    ("table", "machine", "folder", "header"),
    [
        pytest.param(Table.NATIVE, "x86_64", "x86", "unistd_64.h", id="x86-64"),
        pytest.param(Table.COMPAT, "x86_64", "x86", "unistd_32.h", id="i386"),
        pytest.param(Table.NATIVE, "aarch64", "aarch64", "unistd_64.h", id="arm64"),
        pytest.param(Table.COMPAT, "aarch64", "arm", "unistd-eabi.h", id="arm"),
    ],
)
def test_numbers_are_the_kernels(table: Table, machine: str, folder: str, header: str) -> None:
    """Each number is what the kernel's own header says."""
    compiler = pytest.importorskip("ziglang", reason="brings the headers; make setup installs it")
    place = Path(compiler.__file__).parent / "lib/libc/include" / f"{folder}-linux-any/asm"
    text = (place / header).read_text()
    theirs = re.findall(r"#define __NR_(\w+)\s+\D*(\d+)", text)
    by_number = {int(number): name for name, number in theirs}
    for number, name in syscalls.names(table, machine).items():
        if header == "unistd_32.h" and number == syscalls.SOCKETCALL_ACCEPT:
            assert number not in by_number
        else:
            assert by_number[number] in (name, f"{name}32", f"{name}64")
