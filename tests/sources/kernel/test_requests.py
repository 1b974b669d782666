"""Rings of io_uring are looked at only where a rule needs it, and what can't be seen is said."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import features, libbpf, probe, requests, watching

NEW = ("btf_trace_io_uring_submit_req", "btf_trace_io_uring_complete")
OLD = ("btf_trace_io_uring_submit_sqe", "btf_trace_io_uring_complete")


def kernel_with(*names: str) -> features.Features:
    """Return a kernel whose types have these names."""
    return features.Features(b"".join(b"\0" + name.encode() for name in names) + b"\0")


@pytest.mark.parametrize(
    ("names", "unseen"),
    [
        pytest.param((), (), id="no rings"),
        pytest.param(("io_ring_ctx", *NEW), (), id="the hooks of now"),
        pytest.param(("io_ring_ctx", *OLD), (), id="an older name"),
        pytest.param(("io_ring_ctx", NEW[0]), ("io_uring",), id="no end of requests"),
        pytest.param(("io_ring_ctx",), ("io_uring",), id="no hooks"),
    ],
)
def test_a_kernel_with_rings_and_without_hooks_is_told(
    names: tuple[str, ...], unseen: tuple[str, ...]
) -> None:
    """Rings are unseen where there are any, and nothing tells what goes through them."""
    assert requests.unseen(kernel_with(*names)) == unseen


def links() -> int:
    """Return how many programs this process keeps attached."""
    count = 0
    for fd in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += str(fd.readlink()) == "anon_inode:bpf_link"
    return count


@pytest.fixture
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Load the probe with the hooks that this kernel has."""
    hooks = requests.hooks(features.Features.of_running())
    if not hooks:
        pytest.skip("the kernel has no tracepoints of io_uring")
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}, hooks) as loaded:
        yield loaded


@pytest.mark.kernel
def test_hooks_are_attached_while_they_are_needed(loaded: probe.Probe) -> None:
    """Rules on what rings can do attach the hooks once; others take them away."""
    watched = requests.Requests(loaded)
    needing, other = (watching.tables(frozenset({name})) for name in ("openat", "execve"))
    before = links()
    watched.watch(other)
    assert links() == before
    watched.watch(needing)
    watched.watch(needing)
    assert links() == before + len(requests.hooks(features.Features.of_running()))
    watched.watch(other)
    assert links() == before


@pytest.mark.kernel
def test_hooks_that_a_kernel_lacks_are_left_out(probe_object: Path) -> None:
    """The probe loads where there are no hooks for rings."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as loaded:
        before = links()
        loaded.attach_on_demand(probe.RINGS)
        assert links() == before
