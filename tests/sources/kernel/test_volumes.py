"""File systems that name their files themselves, as the probe is told of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import libbpf, probe, volumes

pytestmark = pytest.mark.kernel

CONTAINER, OTHER = 7, 8


@pytest.fixture
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Return the object, loaded and not attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as made:
        yield made


def told(loaded: probe.Probe) -> int:
    """Count what the probe knows."""
    return len(list(loaded.map("volumes").items()))


def test_a_container_takes_its_volumes_along(loaded: probe.Probe) -> None:
    """What ended is forgotten, and no other container's."""
    made = volumes.Volumes(loaded)
    made.began(CONTAINER, {1: b"/mnt/secrets", 2: b"/srv"})
    made.began(OTHER, {1: b"/elsewhere"})
    assert told(loaded) == 3
    made.ended(CONTAINER)
    made.ended(CONTAINER)
    assert told(loaded) == 1


def test_what_does_not_fit_is_counted(loaded: probe.Probe) -> None:
    """A place that is too long, or one volume too many, is left out."""
    made = volumes.Volumes(loaded)
    made.began(CONTAINER, {1: b"/" + b"x" * 255})
    made.began(OTHER, dict.fromkeys(range(volumes.MAX_OF_CONTAINER + 2), b"/srv"))
    assert (told(loaded), made.unknown) == (volumes.MAX_OF_CONTAINER, 3)
