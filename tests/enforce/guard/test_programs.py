"""What a process would become by a file that is executed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.enforce.guard import programs
from support.rootfs import BUSYBOX

PROGRAM = BUSYBOX.read_bytes()[:64]
FOREIGN = PROGRAM[:18] + b"\xf7\x00" + PROGRAM[20:]  # the machine is the BPF virtual one


def readings(path: Path, *, is_unlinked: bool = False) -> Iterator[Path]:
    """Return the paths that are read."""
    file = os.open(path, os.O_RDONLY)
    if is_unlinked:
        path.unlink()
    try:
        return map(Path, map(os.fsdecode, programs.readings(file, os.fstat(file))))
    finally:
        os.close(file)


def test_a_program_has_the_path_by_which_it_was_reached(tmp_path: Path) -> None:
    """Each of its links by itself."""
    shutil.copy(BUSYBOX, tmp_path / "tool")
    (tmp_path / "other").hardlink_to(tmp_path / "tool")
    (tmp_path / "link").symlink_to("tool")
    assert [*readings(tmp_path / "tool")] == [tmp_path / "tool"]
    assert [*readings(tmp_path / "other")] == [tmp_path / "other"]
    assert [*readings(tmp_path / "link")] == [tmp_path / "tool"]


def test_a_name_that_may_be_gone_reads_both_ways(tmp_path: Path) -> None:
    """The kernel marks it by what may as well be a part of a name."""
    both = [tmp_path / "tool (deleted)", tmp_path / "tool"]
    shutil.copy(BUSYBOX, both[0])
    assert [*readings(both[0])] == both
    shutil.copy(BUSYBOX, both[1])
    assert [*readings(both[1], is_unlinked=True)] == both


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"#!/bin/sh\necho\n" + bytes(64), id="a script"),
        pytest.param(b"", id="nothing"),
        pytest.param(PROGRAM[:10], id="too short"),
        pytest.param(FOREIGN, id="another machine's"),
    ],
)
def test_what_no_process_becomes_has_none(tmp_path: Path, content: bytes) -> None:
    """Of a script it becomes the interpreter; what can't be executed at all it doesn't become."""
    (tmp_path / "file").write_bytes(content)
    assert [*readings(tmp_path / "file")] == []


def test_a_pipe_is_no_program(tmp_path: Path) -> None:
    """Nothing is read from it."""
    os.mkfifo(tmp_path / "pipe")
    file = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert programs.readings(file, os.fstat(file)) == ()
    os.close(file)
