"""The probe, attached once for all tests of this folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.probing import Watch

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Watch with the probe as its sources are now."""
    yield from _watching(tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="module")
def old_watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Watch with what the probe does on kernels that know less of types (before 5.11)."""
    yield from _watching(tmp_path_factory.mktemp("probe"), "--define", "WITHOUT_TYPES")


def _watching(place: Path, *options: str) -> Iterator[Watch]:
    output = place / "shikra.bpf.o"
    subprocess.run(  # noqa: S603  our own tool
        [sys.executable, str(ROOT / "tools/build_probe.py"), "--output", str(output), *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    watch = Watch(output.read_bytes())
    try:
        yield watch
    finally:
        watch.close()
