"""The probe's object, built from the sources as they are now."""

import subprocess
import sys
from pathlib import Path

import pytest

from shikra.sources.kernel import btf

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def probe_object(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the object; skips where there is no compiler."""
    pytest.importorskip("ziglang", reason="ziglang is not installed (make setup installs it)")
    output = tmp_path_factory.mktemp("probe") / "shikra.bpf.o"
    subprocess.run(  # noqa: S603  our own tool
        [sys.executable, str(ROOT / "tools" / "build_probe.py"), "--output", str(output)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return output


@pytest.fixture(scope="session")
def types(probe_object: Path) -> btf.Btf:
    """Return the types of the object."""
    return btf.Btf.of_object(probe_object.read_bytes())
