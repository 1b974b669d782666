"""Files that rules name, known by their inodes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import identify, known_files, layout, libbpf, probe, state
from support.waiting import until

pytestmark = pytest.mark.kernel

KEY = 99


@pytest.fixture
def loaded(probe_object: Path) -> Iterator[probe.Probe]:
    """Load the probe; nothing is attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as loaded:
        yield loaded


@pytest.fixture
def files(loaded: probe.Probe, monkeypatch: pytest.MonkeyPatch) -> Iterator[known_files.KnownFiles]:
    """Look for files, often."""
    monkeypatch.setattr(known_files, "REFRESH_SECONDS", 0.01)
    renamed(loaded, 0)
    files = known_files.KnownFiles(
        loaded, state.ProbeState(loaded), identify.Identifier(loaded), lambda _: True
    )
    files.start()
    yield files
    files.close()


def renamed(loaded: probe.Probe, renames: int) -> None:
    """Have the probe know the container, with so many renames in it."""
    values = {"renames": renames}
    packed = layout.pack(loaded.types, "container_state", values)
    loaded.map("containers").set(KEY.to_bytes(8, "little"), packed)


def is_settled(loaded: probe.Probe) -> bool:
    """Whether the probe looks no more closely for a rename."""
    first = state.ProbeState(loaded).first(KEY)
    assert first is not None
    return first.renames == first.settled


def file(path: Path, key: int = KEY) -> known_files.File:
    """Return what a file on a plain file system is known by."""
    told = path.stat()
    return known_files.File(key, told.st_dev, told.st_ino)


def in_the_probe(loaded: probe.Probe) -> int:
    """Count what the probe knows."""
    return len(list(loaded.map("known_files").keys()))


def test_a_hard_link_has_the_name_of_the_file(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """A file is known by its inode, here and in the probe, until its container ends."""
    (tmp_path / "named").touch()
    (tmp_path / "other").touch()
    files.name([bytes(tmp_path / "named"), bytes(tmp_path / "absent")])
    files.began(KEY, os.getpid())
    (tmp_path / "link").hardlink_to(tmp_path / "named")
    until(lambda: in_the_probe(loaded) == 1, "the file to be known")
    assert files.names(file(tmp_path / "link")) == (bytes(tmp_path / "named"),)
    assert files.names(file(tmp_path / "other")) == ()
    assert files.names(file(tmp_path / "link", KEY + 1)) == ()
    files.ended(KEY)
    until(lambda: in_the_probe(loaded) == 0, "the file to be forgotten")
    assert files.names(file(tmp_path / "link")) == ()


def test_a_file_that_takes_the_name_is_known_instead(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """When a file is replaced, the new one is found within a while, and the old one forgotten."""
    named, new = tmp_path / "named", tmp_path / "new"
    named.touch()
    new.touch()
    files.name([bytes(named)])
    files.began(KEY, os.getpid())
    until(lambda: files.names(file(named)), "the file to be known")
    before = file(named)
    new.rename(named)
    until(lambda: files.names(file(named)), "the new file to be known")
    until(lambda: in_the_probe(loaded) == 1, "the old file to be forgotten")
    assert files.names(before) == ()


def test_other_names_are_looked_for_after_a_reload(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """Paths that are named later are found in containers that are there already."""
    (tmp_path / "one").touch()
    (tmp_path / "link").symlink_to("one")
    files.began(KEY, os.getpid())
    names = [bytes(tmp_path / "link"), bytes(tmp_path / "one")]
    files.name(names)
    until(lambda: in_the_probe(loaded) == 1, "the file to be known")
    assert files.names(file(tmp_path / "one")) == tuple(names)


def test_a_container_that_is_gone_is_no_mistake(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """A process that has ended meanwhile has no files, and the others are looked at on."""
    (tmp_path / "named").touch()
    files.name([bytes(tmp_path / "named")])
    files.began(KEY + 1, 1 << 30)
    files.began(KEY, os.getpid())
    until(lambda: in_the_probe(loaded) == 1, "the file to be known")


def test_a_directory_stays_known_when_it_was_renamed(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """Where a directory is missing or another one, the probe goes on looking closely."""
    named, away = tmp_path / "named", tmp_path / "away"
    named.mkdir()
    files.name([bytes(named)])
    files.began(KEY, os.getpid())
    until(lambda: in_the_probe(loaded) == 1, "the directory to be known")
    named.rename(away)
    named.mkdir()
    renamed(loaded, 1)
    until(lambda: in_the_probe(loaded) == 2, "the new directory to be known")
    assert files.names(file(away)) == files.names(file(named)) == (bytes(named),)
    assert not is_settled(loaded)
    named.rmdir()
    away.rename(named)
    until(lambda: is_settled(loaded), "the directory to be seen where it was")
    assert in_the_probe(loaded) == 1


def test_a_rename_of_something_else_is_settled(
    loaded: probe.Probe, files: known_files.KnownFiles, tmp_path: Path
) -> None:
    """Once all directories were seen where they were, names are trusted again."""
    (tmp_path / "named").mkdir()
    files.name([bytes(tmp_path / "named"), bytes(tmp_path / "absent")])
    files.began(KEY, os.getpid())
    until(lambda: in_the_probe(loaded) == 1, "the directory to be known")
    renamed(loaded, 3)
    until(lambda: is_settled(loaded), "the directory to be seen where it was")


def test_a_look_that_is_refused_is_counted_and_tried_again(
    loaded: probe.Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the probe can't be asked, nothing is known, and that is counted at each try."""
    monkeypatch.setattr(known_files, "REFRESH_SECONDS", 0.01)

    def refused(_descriptor: int) -> identify.Identity:
        raise libbpf.LibbpfError("run identify: Operation not permitted")

    files = known_files.KnownFiles(loaded, state.ProbeState(loaded), refused, lambda _: True)
    files.name([b"/"])
    files.began(KEY, os.getpid())
    files.start()
    until(lambda: files.unknown > 1, "two looks")
    files.close()
