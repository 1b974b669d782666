"""The probe, attached once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import judging, probes
from support.judging import Judge
from support.probing import Watch


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    """Watch with the probe as its sources are now."""
    yield from _watching(probes.built())


@pytest.fixture(scope="module")
def old_watch() -> Iterator[Watch]:
    """Watch with what the probe does on kernels that know less of types (before 5.11)."""
    yield from _watching(probes.built("WITHOUT_TYPES"))


@pytest.fixture(scope="session")
def attached() -> Iterator[Judge]:
    """Attach a judge; loading the probe takes long where the kernel is emulated."""
    with judging.judging(probes.built()) as made:
        yield made


@pytest.fixture(scope="module")
def judge(attached: Judge) -> Iterator[Judge]:
    """Judge with the probe as its sources are now; it asks for nothing until it is told to."""
    attached.rest()
    yield attached
    attached.rest()


def _watching(probe_object: Path) -> Iterator[Watch]:
    watch = Watch(probe_object.read_bytes())
    try:
        yield watch
    finally:
        watch.close()
