"""The probe, attached once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import probes
from support.probing import Watch


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    """Watch with the probe as its sources are now."""
    yield from _watching(probes.built())


@pytest.fixture(scope="module")
def old_watch() -> Iterator[Watch]:
    """Watch with what the probe does on kernels that know less of types (before 5.11)."""
    yield from _watching(probes.built("WITHOUT_TYPES"))


def _watching(probe_object: Path) -> Iterator[Watch]:
    watch = Watch(probe_object.read_bytes())
    try:
        yield watch
    finally:
        watch.close()
