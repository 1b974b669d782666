"""
Build the probe for tests, as its sources are now.

In: macros to define, the machine that it is for. Out: the object, in the clone's ``build`` folder,
where a guest that sees this clone finds it too and needs to build nothing.
"""

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "test-probes"


def built(*defines: str, machine: str = platform.machine()) -> Path:
    """Return an object that is up to date."""
    output = BUILT / "-".join((machine, *defines)) / "shikra.bpf.o"
    options = [f"--machine={machine}", *(f"--define={name}" for name in defines)]
    subprocess.run(
        [sys.executable, str(ROOT / "tools/build_probe.py"), "--output", str(output), *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return output
