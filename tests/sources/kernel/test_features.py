"""A kernel is asked what it has, not how old it is."""

import pytest

from shikra.sources.kernel import features
from support import machine


def types(*names: str) -> bytes:
    """Return types that have these names."""
    return b"".join(b"\0" + name.encode() for name in names) + b"\0"


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        pytest.param("bpf_iter__task", True, id="first"),
        pytest.param("btf_trace_sys_exit", True, id="last"),
        pytest.param("bpf_iter__task_vma", False, id="longer"),
        pytest.param("iter__task", False, id="ending alone"),
    ],
)
def test_a_name_is_found_whole(name: str, *, is_there: bool) -> None:
    """A feature is there only if its whole name is."""
    found = features.Features(types("bpf_iter__task", "btf_trace_sys_exit"))
    assert found.has(name) == is_there


def test_what_is_needed_and_missing_is_told_in_words() -> None:
    """Each name that the probe needs and a kernel hasn't is a lack of its own."""
    found = features.Features(types(*features.NEEDED)).lacking()
    assert found == ()
    found = features.Features(types(features.RING_BUFFER, features.BOOT_CLOCK)).lacking()
    assert found == ("BPF iterators of tasks", "typed tracepoints of system calls")


@pytest.mark.skipif(machine.lacks_kernel() is not None, reason=str(machine.lacks_kernel()))
def test_a_kernel_that_runs_the_probe_has_all() -> None:
    """Where BPF programs run, nothing that is asked for is missing."""
    assert features.Features.of_running().lacking() == ()
