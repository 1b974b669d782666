"""
Build the probe for tests, as its sources are now.

In: macros to define. Out: the object, in the clone's ``build`` folder, where a guest that sees this
clone finds it too and needs to build nothing.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "test-probes"


def built(*defines: str) -> Path:
    """Return an object that is up to date."""
    output = BUILT / "-".join(("shikra", *defines)) / "shikra.bpf.o"
    options = [f"--define={name}" for name in defines]
    subprocess.run(
        [sys.executable, str(ROOT / "tools/build_probe.py"), "--output", str(output), *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return output
