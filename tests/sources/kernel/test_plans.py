"""The probe is told what the arguments of each call mean."""

import struct

import msgspec
import pytest

from shikra.model.calls import CALLS
from shikra.sources.kernel import btf, layout, plans, syscalls


class Plan(msgspec.Struct, frozen=True):
    """The members of a plan that tests ask for."""

    flags: int
    kept: int
    wide: int
    descriptor: int
    name: int
    base: int
    target: int
    target_base: int
    text: int
    address: int
    open_flags: int
    implied_flags: int
    text_when: int


@pytest.fixture(autouse=True)
def on_x86_64(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have calls numbered as this machine does, whatever it is."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


@pytest.fixture(scope="module")
def written(types: btf.Btf) -> dict[int, Plan]:
    """Return all plans by key."""
    read = layout.reader(types, "call_plan", Plan)
    return {struct.unpack("<I", key)[0]: read(value) for key, value in plans.plans(types)}


@pytest.mark.parametrize(
    ("number", "places"),
    [
        pytest.param(
            316,
            {"base": 1, "name": 2, "target_base": 3, "target": 4, "wide": 0b1010},
            id="renameat2: two paths",
        ),
        pytest.param(512 + 353, {"base": 1, "name": 2, "target": 4}, id="renameat2 of 32 bits"),
        pytest.param(257, {"base": 1, "name": 2, "open_flags": 3, "flags": 1}, id="openat"),
        pytest.param(85, {"name": 1, "open_flags": 0, "implied_flags": 0o1101}, id="creat"),
        pytest.param(91, {"descriptor": 1, "name": 0, "flags": 0}, id="fchmod: a descriptor"),
        pytest.param(157, {"text": 2, "text_when": 15}, id="prctl: a name, if it is one"),
        pytest.param(42, {"descriptor": 1, "address": 2, "wide": 0b10}, id="connect"),
        pytest.param(512 + 511, {"descriptor": 0, "flags": 1}, id="accept by socketcall"),
    ],
)
def test_a_plan_follows_from_the_arguments(
    written: dict[int, Plan], number: int, places: dict[str, int]
) -> None:
    """A plan names the place, from 1, of each argument that the probe looks at."""
    assert {name: getattr(written[number], name) for name in places} == places


@pytest.mark.parametrize("table", syscalls.Table)
def test_every_call_has_a_plan(written: dict[int, Plan], table: syscalls.Table) -> None:
    """Whatever can be asked for has a plan, at its number in its table."""
    first = 512 if table is syscalls.Table.COMPAT else 0
    asked = syscalls.numbers(table, CALLS)
    assert {first + number for number in asked} - {512 + syscalls.SOCKETCALL} <= written.keys()
