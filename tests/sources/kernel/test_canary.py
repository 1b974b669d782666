"""Whether a kernel can kill in time is tried, not believed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import canary, libbpf, probe

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as made:
        yield made


def test_a_process_dies_before_it_goes_on(loaded: probe.Probe) -> None:
    """Here it does, each time, and nothing stays attached."""
    assert [canary.dies(loaded) for _ in range(3)] == [True] * 3


def test_one_that_goes_on_is_noticed(loaded: probe.Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no signal comes the answer is no."""
    monkeypatch.setattr(canary, "_PID", _Nobody)
    assert not canary.dies(loaded)


class _Nobody:
    @staticmethod
    def pack(_: int) -> bytes:
        return bytes(4)
