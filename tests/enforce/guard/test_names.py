"""The names of the files of a volume."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.enforce.guard import handles
from shikra.enforce.guard.names import TOO_LONG, Names, Part, TooLateError, part
from support import tmpfs
from support.waiting import until

pytestmark = pytest.mark.kernel


@pytest.fixture
def volume() -> Iterator[Path]:
    """Mount a file system with a secret in a folder."""
    with tmpfs.mounted() as place:
        (place / "folder").mkdir()
        (place / "folder" / "secret").write_text("s")
        yield place


def named(names: Names, file: int, *, is_late: bool = False) -> set[bytes]:
    """Ask for the names of a file that is held."""
    return set(names.of(file, os.fstat(file), lambda: is_late))


def of_whole(volume: Path, *places: bytes) -> Names:
    """Know the names of a volume that is seen as a whole."""
    return Names((Part(_view(volume), places or (b"/mnt",)),))


def _view(place: Path) -> int:
    directory = os.open(place, os.O_PATH)
    try:
        return handles.view(directory)
    finally:
        os.close(directory)


def test_a_file_is_named_as_the_container_sees_it(volume: Path) -> None:
    """By each place where the volume is mounted."""
    names = of_whole(volume, b"/mnt", b"/var/mnt")
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, file) == {b"/mnt/folder/secret", b"/var/mnt/folder/secret"}
    os.close(file)
    names.close()


def test_all_hard_links_are_names(volume: Path) -> None:
    """So is one that is made after the file was named first, and one is none once it is gone."""
    names = of_whole(volume)
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, file) == {b"/mnt/folder/secret"}
    (volume / "link").hardlink_to(volume / "folder/secret")
    assert named(names, file) == {b"/mnt/folder/secret", b"/mnt/link"}
    (volume / "folder/secret").unlink()
    assert named(names, file) == {b"/mnt/link"}
    os.close(file)
    names.close()


def test_what_is_moved_has_its_new_name(volume: Path) -> None:
    """Also where a directory above it was."""
    names = of_whole(volume)
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, file) == {b"/mnt/folder/secret"}
    (volume / "folder").rename(volume / "other")
    assert named(names, file) == {b"/mnt/other/secret"}
    os.close(file)
    names.close()


@pytest.mark.parametrize("is_known", [True, False], ids=["named before", "not named before"])
def test_a_removed_file_keeps_its_last_name(volume: Path, is_known: bool) -> None:
    """It can still be opened, through a descriptor that somebody has."""
    names = of_whole(volume)
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    if is_known:
        named(names, file)
    (volume / "folder/secret").unlink()
    assert named(names, file) == {b"/mnt/folder/secret"}
    os.close(file)
    names.close()


def test_a_file_that_is_removed_meanwhile_keeps_its_name(volume: Path) -> None:
    """Also when it was there as the open began: a secret rotates at any moment."""
    names = of_whole(volume)
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    before = os.fstat(file)
    (volume / "folder/secret").unlink()
    (volume / "folder").rmdir()
    assert set(names.of(file, before, lambda: False)) == {b"/mnt/folder/secret"}
    assert named(names, file) == {b"/mnt/folder/secret"}
    os.close(file)
    names.close()


def test_a_file_too_deep_to_be_named_is_in_its_volume(volume: Path) -> None:
    """Nobody hides a secret by moving it so far down that its path can't be told."""
    names = of_whole(volume)
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    source = os.open(volume / "folder", os.O_PATH)
    below = os.open(volume, os.O_PATH)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=below)
        deeper = os.open("d" * 200, os.O_PATH, dir_fd=below)
        os.close(below)
        below = deeper
    os.rename("secret", "secret", src_dir_fd=source, dst_dir_fd=below)
    assert named(names, file) == {f"/mnt/{TOO_LONG}".encode()}
    for descriptor in (file, source, below):
        os.close(descriptor)
    names.close()


def test_what_the_container_does_not_see_has_no_name(volume: Path) -> None:
    """It sees a part of the volume; a link in that part is a name all the same."""
    names = Names((Part(_view(volume / "folder"), (b"/mnt",)),))
    (volume / "outside").write_text("o")
    file = os.open(volume / "outside", os.O_RDONLY)
    assert named(names, file) == set()
    (volume / "folder/link").hardlink_to(volume / "outside")
    assert named(names, file) == {b"/mnt/link"}
    os.close(file)
    names.close()


def test_a_part_names_what_is_in_it(volume: Path) -> None:
    """A file of another part isn't named by this one, wherever it lies in the volume."""
    (volume / "other").mkdir()
    (volume / "other/secret").write_text("o")
    names = Names(
        (
            part(_view(volume / "folder"), (b"/mnt/one",)),
            part(_view(volume / "other"), (b"/mnt/two",)),
        )
    )
    for path, name in (("folder/secret", b"/mnt/one/secret"), ("other/secret", b"/mnt/two/secret")):
        file = os.open(volume / path, os.O_RDONLY)
        assert named(names, file) == {name}
        os.close(file)
    names.close()


def test_a_single_file_is_named_by_its_place(volume: Path) -> None:
    """It is mounted there by itself: whatever it is called in the volume, even once it is gone."""
    names = Names((part(_view(volume / "folder/secret"), (b"/etc/key", b"/run/key")),))
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, file) == {b"/etc/key", b"/run/key"}
    (volume / "folder/secret").rename(volume / "moved")
    assert named(names, file) == {b"/etc/key", b"/run/key"}
    (volume / "moved").unlink()
    assert named(names, file) == {b"/etc/key", b"/run/key"}
    (volume / "folder/secret").write_text("the next")
    other = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, other) == set()
    os.close(other)
    os.close(file)
    names.close()


def test_a_single_file_has_its_names_in_directories_too(volume: Path) -> None:
    """One that is seen in a directory and by itself goes by both."""
    names = Names(
        (
            part(_view(volume), (b"/mnt",)),
            part(_view(volume / "folder/secret"), (b"/etc/key",)),
        )
    )
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    assert named(names, file) == {b"/mnt/folder/secret", b"/etc/key"}
    os.close(file)
    names.close()


def test_there_is_an_end_to_looking(volume: Path) -> None:
    """Who is late hears so, and doesn't hear names that may be wrong."""
    names = of_whole(volume)
    (volume / "link").hardlink_to(volume / "folder/secret")
    file = os.open(volume / "folder/secret", os.O_RDONLY)
    with pytest.raises(TooLateError):
        named(names, file, is_late=True)
    os.close(file)
    names.close()


@pytest.mark.parametrize("links", [1, 2])
def test_a_file_that_is_moved_all_the_time_has_a_name_at_any_moment(
    volume: Path, links: int
) -> None:
    """Whoever moves it can't make it nameless: it would be nobody's secret then."""
    names = of_whole(volume)
    here, there = volume / "folder/secret", volume / "moved"
    if links > 1:
        (volume / "folder/link").hardlink_to(here)
    file = os.open(here, os.O_RDONLY)
    with tmpfs.moving(here, there):
        until(there.exists, "the file to be moved")
        found = [named(names, file) for _ in range(50_000)]
    assert set().union(*found) <= {b"/mnt/folder/secret", b"/mnt/moved", b"/mnt/folder/link"}
    assert all(found)
    os.close(file)
    names.close()
