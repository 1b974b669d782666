"""Parts of paths whose renaming the probe must not miss."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import known_parts, libbpf, probe

pytestmark = pytest.mark.kernel


@pytest.fixture
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Load the probe, with room for three parts; nothing is attached."""
    sizes = {"known_parts": 3}
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), sizes) as loaded:
        yield loaded


def test_each_part_is_known_once(loaded: probe.Probe) -> None:
    """Every part of a path is in the probe's map, a long one by its beginning."""
    parts = known_parts.KnownParts(loaded)
    parts.add([b"/mnt/secrets", b"/mnt"])
    parts.add([b"/" + b"x" * 40, b"/"])
    kept = {key.rstrip(b"\0") for key in loaded.map("known_parts").keys()}  # noqa: SIM118  no dictionary
    assert kept == {b"mnt", b"secrets", b"x" * 31}
    assert parts.unknown == 0


def test_a_part_for_which_there_is_no_room_is_counted(loaded: probe.Probe) -> None:
    """A full map is told of."""
    parts = known_parts.KnownParts(loaded)
    parts.add([b"/a/b/c/d/e"])
    assert parts.unknown == 2
