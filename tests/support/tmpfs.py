"""A file system of the test's own."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_MOVE = """
import os, sys
_, here, there = sys.argv
while True:
    os.rename(here, there)
    os.rename(there, here)
"""


@contextlib.contextmanager
def mounted() -> Iterator[Path]:
    """Mount one until the block ends; what is still open in it keeps it no longer."""
    with tempfile.TemporaryDirectory(prefix="shikra-tmpfs-") as name:
        place = Path(name, "volume")
        place.mkdir()
        line = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0755", "shikra-test", str(place)]
        subprocess.run(line, check=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def bound(source: Path, place: Path) -> Iterator[None]:
    """Have it at another place, too, until the block ends; then nothing may keep it there."""
    place.mkdir()
    subprocess.run(["mount", "--bind", str(source), str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def read_by_another(path: Path) -> str | None:
    """Return what another process reads; ``None`` if it isn't let."""
    done = subprocess.run(
        ["cat", str(path)], capture_output=True, text=True, check=False, timeout=10
    )
    return done.stdout if done.returncode == 0 else None


@contextlib.contextmanager
def moving(here: Path, there: Path) -> Iterator[None]:
    """Have another process move a file to and fro until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _MOVE, str(here), str(there)]
    ) as mover:
        try:
            yield
        finally:
            mover.kill()
