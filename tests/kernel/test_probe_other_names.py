"""Files of a container that may go by other names than the one that was walked."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.probing import Contained, Seen, Told, Watch

pytestmark = pytest.mark.kernel

MOUNTING = """
libc.unshare(0x20000)
libc.mount(b"none", b"/", 0, 0x44000, 0)
def bind(source, target):
    assert libc.mount(source.encode(), target.encode(), 0, 0x1000, 0) == 0
"""


@pytest.fixture
def inside(watch: Watch) -> Iterator[Contained]:
    """Have what the probe watches be in a container."""
    with watch.contained() as inside:
        yield inside


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a directory and a file in it."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    (tmp_path / "other").mkdir()
    return tmp_path


def last(seen: Seen, name: str) -> Told:
    """Return the last open of a name that ends so."""
    return [call for call in seen.calls("openat") if call.name.endswith(name.encode())][-1]


def has_others(watch: Watch, call: Told) -> bool:
    """Whether the probe says that the file may have other names."""
    return "other_names" in watch.flags("call_flag", "CALL_", call.flags)


def inodes(path: Path, above: Path) -> list[int]:
    """Return the inodes of a file and of the directories above it, on one file system."""
    folders = [path, *path.parents]
    count = folders.index(above) + 1
    return [each.stat().st_ino for each in folders[:count]]


@pytest.mark.usefixtures("inside")
def test_a_file_that_nothing_was_done_about_has_one_name(watch: Watch, place: Path) -> None:
    """Where mounts and directories are as they were, the walked path is the name."""
    seen = watch.run("os.open(sys.argv[1], 0)", str(place / "folder" / "file"))
    call = last(seen, "file")
    assert not has_others(watch, call)
    assert (call.inner, call.inodes, call.root) == (None, None, None)


@pytest.mark.usefixtures("inside")
def test_a_file_by_another_mount_has_its_path_within_the_file_system(
    watch: Watch, place: Path
) -> None:
    """In another mount namespace, what no mount changes is told: path and inodes."""
    source = (
        f"{MOUNTING}bind(sys.argv[1] + '/folder', sys.argv[1] + '/other')\n"
        "os.open(sys.argv[1] + '/other/file', 0)"
    )
    call = last(watch.run(source, str(place)), "other/file")
    assert has_others(watch, call)
    assert call.real == bytes(place / "other" / "file")
    assert bytes(place / "folder" / "file").endswith(call.inner)
    told = list(struct.unpack(f"<{len(call.inodes) // 8}Q", call.inodes))
    assert told[:3] == inodes(place / "folder" / "file", place)
    assert len(told) == call.inner.count(b"/") + 1


def test_a_file_that_rules_name_is_known_by_its_inode(
    watch: Watch, inside: Contained, place: Path
) -> None:
    """A hard link to a known file is marked, and its neighbour isn't."""
    (place / "folder" / "link").hardlink_to(place / "folder" / "file")
    (place / "folder" / "neighbour").touch()
    inside.know(place / "folder" / "file")
    source = "[os.open(sys.argv[1] + '/folder/' + name, 0) for name in ('link', 'neighbour')]"
    seen = watch.run(source, str(place))
    assert has_others(watch, last(seen, "link"))
    assert not has_others(watch, last(seen, "neighbour"))


@pytest.mark.parametrize(
    ("renaming", "is_seen"),
    [
        pytest.param("os.rename('folder', 'away')", True, id="renamed"),
        pytest.param("os.rename('folder//', 'away/')", True, id="with slashes at the end"),
        pytest.param(
            "os.rename('../' + os.path.basename(os.getcwd()) + '/folder', 'away')",
            True,
            id="by a longer name",
        ),
        pytest.param("os.rename('other', 'away')", False, id="another directory renamed"),
        pytest.param(
            "call('renameat2', -100, b'other', -100, b'folder', 2)", True, id="exchanged for it"
        ),
        pytest.param(
            "try: os.rename('folder', 'none/x')\nexcept OSError: pass", False, id="a failed attempt"
        ),
    ],
)
def test_a_rename_of_a_known_part_makes_it_look_closely(
    watch: Watch, inside: Contained, place: Path, renaming: str, *, is_seen: bool
) -> None:
    """From the rename of a directory that matters on, every file in the container is marked."""
    inside.parts.add([b"/x/folder"])
    source = f"os.chdir(sys.argv[1])\n{renaming}\nos.open('/etc/passwd', 0)"
    assert has_others(watch, last(watch.run(source, str(place)), "/etc/passwd")) == is_seen
    inside.settle(1 if is_seen else 0)
    seen = watch.run("os.open('/etc/passwd', 0)")
    assert not has_others(watch, last(seen, "/etc/passwd"))


@pytest.mark.usefixtures("inside")
def test_a_name_below_another_root_has_that_root(watch: Watch, place: Path) -> None:
    """A failed open after chroot tells the root; one that succeeds has its file's path."""
    source = (
        "os.chroot(sys.argv[1])\ntry: os.open('/none', 0)\nexcept OSError: pass\n"
        "os.open('/folder/file', 0)"
    )
    seen = watch.run(source, str(place))
    assert last(seen, "/none").root == bytes(place)
    assert has_others(watch, last(seen, "/none"))
    opened = last(seen, "/folder/file")
    assert (opened.real, opened.root) == (bytes(place / "folder" / "file"), None)


def test_a_file_is_seen_as_stat_has_it(inside: Contained, place: Path) -> None:
    """On a plain file system the probe's device and inode are those of stat."""
    found, told = inside.identify(place), place.stat()
    assert (found.device, found.inode) == (told.st_dev, told.st_ino)
    assert found.mount_namespace == Path("/proc/self/ns/mnt").stat().st_ino


def test_outside_of_containers_a_file_has_one_name(watch: Watch, place: Path) -> None:
    """On the host nothing is looked at twice, whatever was mounted."""
    source = f"{MOUNTING}bind(sys.argv[1], sys.argv[1])\nos.open(sys.argv[1] + '/folder/file', 0)"
    assert not has_others(watch, last(watch.run(source, str(place)), "folder/file"))
