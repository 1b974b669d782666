"""The object is loaded, attached and gone again."""

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shikra.sources.kernel import btf, libbpf, probe

pytestmark = pytest.mark.kernel
ROOT = Path(__file__).resolve().parents[3]
OBJECTS = Path(__file__).parent / "objects"


@pytest.fixture(scope="module")
def library() -> libbpf.Libbpf:
    """Return the machine's libbpf."""
    return libbpf.Libbpf()


@pytest.fixture
def elf(probe_object: Path) -> bytes:
    """Return the object's bytes."""
    return probe_object.read_bytes()


def built(name: str, place: Path) -> bytes:
    """Build an object of this folder's."""
    output = place / f"{name}.bpf.o"
    tool = [sys.executable, str(ROOT / "tools" / "build_probe.py"), "--output", str(output)]
    subprocess.run([*tool, "--source", str(OBJECTS / f"{name}.bpf.c")], check=True)  # noqa: S603  our own tool
    return output.read_bytes()


def test_every_program_attaches(library: libbpf.Libbpf, elf: bytes) -> None:
    """Loading and attaching works on this kernel, and the list of processes holds this one."""
    with probe.Probe(library, elf, {}) as loaded:
        loaded.attach()
        assert len(loaded.iterate("list_tasks")) > loaded.types.size("exec_record")


@pytest.mark.parametrize("what", ["map", "iterate"])
def test_what_the_object_lacks_is_named(library: libbpf.Libbpf, elf: bytes, what: str) -> None:
    """Asking for a map or a program that isn't there names it."""
    with (
        probe.Probe(library, elf, {}) as loaded,
        pytest.raises(btf.LayoutError, match="no_such_thing"),
    ):
        getattr(loaded, what)("no_such_thing")


def test_a_refusal_shows_what_libbpf_said(library: libbpf.Libbpf, elf: bytes) -> None:
    """When the kernel or libbpf refuses, the error ends with libbpf's own words."""
    with pytest.raises(libbpf.LibbpfError, match="libbpf: "):
        probe.Probe(library, elf, {"processes": 1 << 31})


def test_a_long_refusal_shows_why(library: libbpf.Libbpf, tmp_path: Path) -> None:
    """However long a verifier's log is, its end is shown, which gives the reason."""
    with pytest.raises(libbpf.LibbpfError, match="invalid bpf_context access off=800"):
        probe.Probe(library, built("refused", tmp_path), {})


def test_runs_within_themselves_are_counted(library: libbpf.Libbpf, tmp_path: Path) -> None:
    """A run that the kernel left out is counted for its program, and for no other."""
    with probe.Probe(library, built("recursion", tmp_path), {}) as loaded:
        loaded.attach()
        before = loaded.recursion_misses()
        assert set(before) == {"printed", "executed"}
        subprocess.run(["/bin/true"], check=True)
        after = loaded.recursion_misses()
    assert after["printed"] > before["printed"]
    assert after["executed"] == 0


def test_an_old_kernel_tells_no_misses(
    library: libbpf.Libbpf, elf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel doesn't count, there is no figure, rather than a zero."""

    def as_before_5_12(_fd: int, _info: Any, length: Any) -> int:
        ctypes.cast(length, ctypes.POINTER(ctypes.c_uint32))[0] = 208
        return 0

    with probe.Probe(library, elf, {}) as loaded:
        assert set(loaded.recursion_misses().values()) == {0}
        monkeypatch.setattr(library, "bpf_obj_get_info_by_fd", as_before_5_12, raising=False)
        assert loaded.recursion_misses() == {}
