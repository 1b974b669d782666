"""The demonstration of scenario S1, as a user gives it: a real container, the real probe."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shikra.app.demo_vault import readers
from support.waiting import until

pytestmark = pytest.mark.containers

ROOT = Path(__file__).parents[2]
SECONDS = 180  # machines may be busy
KILLED = [["no", rule, "killed"] for rule in ("READ", "EXFIL", "MEM")]


@contextmanager
def giving(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Start it, with a place of its own for what it makes."""
    environment = {"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder), "COLUMNS": "80"}
    with (folder.parent / "out").open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  our own
            [sys.executable, "-m", "shikra.app.cli", "demo", "vault", *arguments],
            env={**os.environ, **environment},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def assert_nothing_is_left(folder: Path) -> None:
    """No file, no mount, no cgroup."""
    assert list(folder.iterdir()) == []
    assert str(folder) not in Path("/proc/self/mounts").read_text()
    container = (folder.parent / "out").read_text().split()[1]
    assert list(Path("/sys/fs/cgroup").glob(f"*/shikra-demo/{container}*")) == []
    assert list(Path("/sys/fs/cgroup").glob(f"shikra-demo/{container}*")) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where it makes what it needs."""
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


def test_observing_tells_of_every_reader_and_prevents_none(folder: Path) -> None:
    """Each foreign reader prints the secret and gives an alert; the application misses nothing."""
    rows = rows_of(folder, "--mode", "observe")
    assert all("LEAKED" in row and "would_" in row for row in rows), rows


def test_denying_lets_no_reader_open_the_secret(folder: Path) -> None:
    """Unless told otherwise, opens are denied; the application misses nothing."""
    rows = rows_of(folder)
    assert all(row.split()[-3:] in [["no", "READ", "denied"], *KILLED[1:]] for row in rows), rows
    assert sum("denied" in row for row in rows) > len(rows) / 2


def test_killing_lets_no_reader_print_the_secret(folder: Path) -> None:
    """Each foreign reader is killed and gives an alert; the application misses nothing."""
    rows = rows_of(folder, "--mode", "kill")
    assert all(row.split()[-3:] in KILLED for row in rows), rows


def rows_of(folder: Path, *arguments: str) -> list[str]:
    """Give it, and return the rows of its table; the application must have missed nothing."""
    with giving(folder, *arguments) as process:
        _, errors = process.communicate(timeout=SECONDS)
    text = (folder.parent / "out").read_text()
    assert process.returncode == 0, text + errors
    names = tuple(reader.name for reader in readers.present())
    rows = [line for line in text.splitlines() if line.startswith(names)]
    assert len(rows) == len(names), text
    assert " 0 missed," in text
    assert " 0 alerts about it" in text
    assert_nothing_is_left(folder)
    return rows


def test_an_interrupt_leaves_nothing_behind(folder: Path) -> None:
    """Control-C in the middle ends the container and Shikra, and takes everything away."""
    with giving(folder) as process:
        until(lambda: "Container" in (folder.parent / "out").read_text(), "a container", SECONDS)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert_nothing_is_left(folder)
