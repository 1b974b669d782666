"""The object is built for each machine, and its records are laid out alike on all."""

import subprocess
import sys
from pathlib import Path

import build_probe
import pytest

from shikra.sources.kernel import btf
from support import probes

MACHINES = ("x86_64", "aarch64")


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
