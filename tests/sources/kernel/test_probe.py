"""The object is loaded, attached and gone again."""

from pathlib import Path

import pytest

from shikra.sources.kernel import btf, libbpf, probe

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def library() -> libbpf.Libbpf:
    """Return the machine's libbpf."""
    return libbpf.Libbpf()


@pytest.fixture
def elf(probe_object: Path) -> bytes:
    """Return the object's bytes."""
    return probe_object.read_bytes()


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
