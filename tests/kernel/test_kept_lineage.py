"""Lineage is kept while no sensor runs, by what is pinned to a BPF file system of the test's."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model import clock
from shikra.model.process import Process
from shikra.sources.kernel import pins, source
from support import probes
from support.waiting import until

pytestmark = pytest.mark.kernel

FORKING = "sleep 600 & a=$!; echo $a; read -r it; sleep 600 & echo $!; read -r it; kill $a $!"
BY_LIST = 1 << 47
"""In an id: it was given when processes were listed, not when this one was created."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Mount one."""
    subprocess.run(["mount", "-t", "bpf", "shikra-test", str(tmp_path)], check=True)  # noqa: S603, S607  fixed words
    yield tmp_path / "pins"
    pins.remove(tmp_path / "pins")
    subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S603, S607  fixed words


@pytest.fixture
def shell() -> Iterator["subprocess.Popen[str]"]:
    """Have a shell that creates a process each time it is told to."""
    with subprocess.Popen(  # noqa: S603  ours
        ["/bin/sh", "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        yield shell
        assert shell.stdin is not None
        shell.stdin.write("\n\n")


@contextlib.contextmanager
def sensor(folder: Path | None) -> Iterator[source.KernelSource]:
    """Open a sensor that keeps lineage in a folder."""
    settings = source.Settings(probe_object=probes.built(), pin_dir=folder)
    with source.KernelSource.open(settings, clock.SystemClock(), {}) as opened:
        yield opened


def known(opened: source.KernelSource, pid: int) -> Process | None:
    """Return what a sensor knows of a process."""
    return opened._books.table.by_pid(pid)  # noqa: SLF001  nothing tells it but events


def created(shell: "subprocess.Popen[str]") -> int:
    """Return the process that the shell created last."""
    assert shell.stdout is not None
    return int(shell.stdout.readline())


def test_who_is_created_meanwhile_is_known_by_the_next(
    folder: Path, shell: "subprocess.Popen[str]"
) -> None:
    """Records go on, with the ids that they had; without what was kept they are guesses."""
    created(shell)
    with sensor(folder) as first:
        assert not first.is_continued
        first.keep_lineage(is_kept=True)
        before = known(first, shell.pid)
        generation = first.generation
    assert before is not None
    assert shell.stdin is not None
    shell.stdin.write("\n")
    shell.stdin.flush()
    pid = created(shell)
    until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n", "its exec")
    with sensor(folder) as second:
        assert second.is_continued
        assert second.generation > generation
        child, again = known(second, pid), known(second, shell.pid)
        assert child is not None
        assert again is not None
        assert (again.id, child.creator) == (before.id, again)
        assert not child.id & BY_LIST
        assert child.name == b"sleep"
        second.keep_lineage(is_kept=False)
    assert pins.places(folder) == []
    with sensor(folder) as third:
        assert not third.is_continued
        guessed = known(third, pid)
    assert guessed is not None
    assert guessed.id & BY_LIST


def test_who_took_over_keeps_it_further(folder: Path) -> None:
    """A sensor that is ended right after it started leaves as much as there was."""
    with sensor(folder) as first:
        first.keep_lineage(is_kept=True)
    for _ in range(2):
        with sensor(folder) as again:
            assert again.is_continued
    (kept,) = pins.places(folder)
    (kept / pins.HOOKS[0]).unlink()
    with sensor(folder) as last:
        assert not last.is_continued
        assert last.has_other_lineage
        mine = known(last, os.getpid())
    assert mine is not None
    assert mine.is_inferred
    assert pins.places(folder) == []


def test_where_it_cant_be_kept_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """On another file system nothing is pinned; it is said once, and all else goes on."""
    with sensor(tmp_path) as opened:
        for _ in range(2):
            opened.keep_lineage(is_kept=True)
        assert not opened.is_continued
    assert caplog.text.count("is on no BPF file system") == 1
    assert list(tmp_path.iterdir()) == []
