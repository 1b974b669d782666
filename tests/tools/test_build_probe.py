"""The object is built for each machine, and its records are laid out alike on all."""

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import build_probe
import pytest

from shikra.sources.kernel import btf
from support import probes

MACHINES = ("x86_64", "aarch64")
_ELF_SECTIONS = (("<Q", 40), ("<H", 58), ("<H", 60))  # where, how long each, how many
_EXECUTABLE = 4
_CLASS_AND_MODE, _STORE_ATOMIC = 0xE7, 0xC3
_EXCHANGE = 0xE1


@pytest.fixture(scope="module", params=MACHINES)
def types(request: pytest.FixtureRequest) -> btf.Btf:
    """Return the types of a machine's object."""
    return btf.Btf.of_object(probes.built(machine=request.param).read_bytes())


def test_records_are_laid_out_alike(types: btf.Btf) -> None:
    """Every member of every record, and every number that user space reads, is the same."""
    ours = btf.Btf.of_object(probes.built().read_bytes())
    assert types.leaves("layout") == ours.leaves("layout")
    for enum in ("record_kind", "loss", "process_flag", "call_flag", "call_fact", "object_kind"):
        assert types.enum(enum) == ours.enum(enum)


def test_each_machine_has_its_own_sign_of_life() -> None:
    """The number of a call is the machine's: an object for another isn't this one's by accident."""
    numbers = {
        btf.Btf.of_object(probes.built(machine=machine).read_bytes()).enum("heartbeat_call")[
            "HEARTBEAT_GETCPU"
        ]
        for machine in MACHINES
    }
    assert numbers == {309, 168}


def test_a_machine_whose_registers_are_unknown_is_refused(tmp_path: Path) -> None:
    """An object that would read another machine's registers isn't built."""
    command = [sys.executable, build_probe.__file__, "--machine", "riscv64"]
    done = subprocess.run(  # noqa: S603  our own tool
        [*command, "--output", str(tmp_path / "probe.o")], check=False, capture_output=True
    )
    assert done.returncode != 0
    assert b"no registers are known of this machine" in done.stderr


def test_no_instruction_is_newer_than_the_oldest_kernel() -> None:
    """
    Of the atomic instructions there is only the one that adds and returns nothing.

    The others came with 5.12, and the compiler makes one of a plain-looking addition. What refuses
    opens exchanges a word, in a function of its own, and is loaded only where that can be.
    """
    atomics = set(_atomic_operations(probes.built().read_bytes()))
    assert atomics == {0, _EXCHANGE}


def _atomic_operations(elf: bytes) -> Iterator[int]:
    """Yield which operation each atomic instruction of an object does (uapi/linux/bpf.h)."""
    table_at, size, count = (struct.unpack_from(code, elf, at)[0] for code, at in _ELF_SECTIONS)
    for each in range(count):
        _, _, flags, _, at, length = struct.unpack_from("<2I4Q", elf, table_at + each * size)
        if not flags & _EXECUTABLE:
            continue
        for code, _, _, operation in struct.iter_unpack("<BBhi", elf[at : at + length]):
            if code & _CLASS_AND_MODE == _STORE_ATOMIC:
                yield operation
