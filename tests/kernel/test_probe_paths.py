"""The path that the probe tells is the one that the file has."""

import os
import subprocess
from pathlib import Path

import pytest

from support import repeats
from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.kernel

OPENS = repeats.times(20_000, emulated=1_000)

OPEN = ("open", "openat", "openat2", "creat", "open_by_handle_at")
SHOW = "tell(fd, os.readlink(f'/proc/self/fd/{fd}'))"
PATH_MAX = 4096


def opened(seen: Seen, descriptor: int) -> Told:
    """Return the last open that gave this descriptor."""
    return [call for call in seen.calls(*OPEN) if call.result == descriptor][-1]


def named(seen: Seen, name: bytes) -> Told:
    """Return the open of this name."""
    return next(call for call in seen.calls(*OPEN) if call.name == name)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a few files: a/b/file, a symlink and a hard link to it, a symlink to a/b."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("text")
    (tmp_path / "link").symlink_to("a/b/file")
    (tmp_path / "dir").symlink_to("a/b")
    (tmp_path / "hard").hardlink_to(tmp_path / "a" / "b" / "file")
    (tmp_path / "mounted").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("fd = os.open('/etc/hostname', 0)", id="plain"),
        pytest.param("fd = os.open(place + '/link', 0)", id="symlink"),
        pytest.param("fd = os.open(place + '/dir/../b/file', 0)", id="dots after a symlink"),
        pytest.param("os.chdir(place); fd = os.open('a//./b/file', 0)", id="relative"),
        pytest.param("fd = os.open('b/file', 0, dir_fd=os.open(place + '/a', 0))", id="dirfd"),
        pytest.param("fd = os.open(place + '/hard', 0)", id="hard link"),
        pytest.param("fd = os.open('/proc/self/root' + place + '/link', 0)", id="proc root"),
        pytest.param("os.chdir(place); fd = os.open('/proc/self/cwd/link', 0)", id="proc cwd"),
        pytest.param("fd = os.open(place + '/link', os.O_PATH)", id="path only"),
        pytest.param(
            "old = os.open(place + '/link', os.O_PATH); fd = os.open(f'/proc/self/fd/{old}', 0)",
            id="reopened",
        ),
        pytest.param("fd = os.open('/', 0)", id="root"),
        pytest.param("fd = os.open('/proc/self/status', 0)", id="another file system"),
        pytest.param("fd = os.open('/proc', 0)", id="a mount point"),
        pytest.param("fd = os.open('/dev/null', 0)", id="device"),
        pytest.param("fd = syscall(85, (place + '/new').encode(), 0o600)", id="creat"),
        pytest.param("fd = syscall(2, (place + '/link').encode(), 0)", id="old open"),
        pytest.param(
            "fd = syscall(437, -100, (place + '/link').encode(), struct.pack('3Q', 0, 0, 0), 24)",
            id="openat2",
        ),
        pytest.param(
            "handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0), 136)\n"
            "at = syscall(303, -100, (place + '/a/b').encode(), handle, ctypes.byref("
            "ctypes.c_int()), 0)\n"
            "fd = syscall(304, os.open(place, 0), handle, 0)",
            id="handle",
        ),
        pytest.param(
            "assert libc.unshare(0x20000) == 0\n"
            "assert libc.mount(b'none', b'/', None, 0x4000 | 0x40000, None) == 0\n"
            "assert libc.mount((place + '/a').encode(), (place + '/mounted').encode(), None,"
            " 0x1000, None) == 0\n"
            "fd = os.open(place + '/mounted/b/file', 0)",
            id="bind mount",
        ),
        pytest.param(
            "assert libc.unshare(0x20000) == 0\n"
            "assert libc.mount(b'none', b'/', None, 0x4000 | 0x40000, None) == 0\n"
            "assert libc.mount(b'/proc/self/ns/net', (place + '/link').encode(), None,"
            " 0x1000, None) == 0\n"
            "fd = os.open(place + '/link', 0)",
            id="mounted namespace",
        ),
    ],
)
def test_the_real_path_is_the_descriptors(watch: Watch, place: Path, source: str) -> None:
    """However a file was named, its path is what the kernel says of the descriptor."""
    seen = watch.run(f"place = sys.argv[1]\n{source}\n{SHOW}", str(place))
    descriptor, link = seen.printed[0]
    assert descriptor >= 0
    assert opened(seen, descriptor).real == link.encode()
    assert opened(seen, descriptor).flags == 0


def test_a_chroot_hides_nothing(watch: Watch, place: Path) -> None:
    """Inside a chroot the path is still told from the root of the mount namespace."""
    source = "os.chroot(sys.argv[1]); os.chdir('/'); tell(os.open('/a/b/file', 0))"
    call = opened(*_only(watch.run(source, str(place))))
    assert call.name == b"/a/b/file"
    assert call.real == bytes(place / "a" / "b" / "file")


def test_a_mount_that_is_attached_nowhere_is_left(watch: Watch, place: Path) -> None:
    """A detached bind mount doesn't shorten the path to what lies inside it."""
    source = (
        "tree = syscall(428, -100, (sys.argv[1] + '/a').encode(), 1)\n"
        "assert tree >= 0\n"
        "tell(os.open('b/file', 0, dir_fd=tree))"
    )
    call = opened(*_only(watch.run(source, str(place))))
    assert call.real is not None
    assert call.real.endswith(b"/a/b/file")
    assert (call.base or b"").endswith(b"/a")


def test_a_relative_name_has_its_directory(watch: Watch, place: Path) -> None:
    """A relative name comes with the path of the directory it starts from."""
    source = (
        "os.chdir(sys.argv[1]); os.open('link', 0); os.open('file', 0, dir_fd=os.open('a/b', 0))"
    )
    seen = watch.run(source, str(place))
    assert named(seen, b"link").base == bytes(place)
    assert named(seen, b"file").base == bytes(place / "a" / "b")
    assert named(seen, b"/etc/ld.so.cache").base is None


def test_a_rooted_name_has_its_directory(watch: Watch, place: Path) -> None:
    """With RESOLVE_IN_ROOT an absolute name starts from the descriptor."""
    source = (
        "how = struct.pack('3Q', 0o2000000, 0, 0x10)\n"
        "tell(syscall(437, os.open(sys.argv[1], 0), b'/a/b/file', how, 24))"
    )
    call = opened(*_only(watch.run(source, str(place))))
    assert (call.name, call.base) == (b"/a/b/file", bytes(place))
    assert call.open_flags == os.O_CLOEXEC


def test_a_failed_open_is_told(watch: Watch, place: Path) -> None:
    """An open that fails has its name, its directory and the error, and no file."""
    source = "os.chdir(sys.argv[1])\ntry: os.open('none', os.O_WRONLY)\nexcept OSError: pass"
    call = named(watch.run(source, str(place)), b"none")
    assert (call.result, call.base, call.real, call.object) == (-2, bytes(place), None, 0)
    assert call.open_flags & os.O_ACCMODE == os.O_WRONLY


def test_access_is_what_was_given(watch: Watch, place: Path) -> None:
    """Opened for writing is told so, though the caller's struct says something else by then."""
    source = (
        "os.chdir(sys.argv[1]); os.mkfifo('fifo')\n"
        "how = ctypes.create_string_buffer(struct.pack('3Q', os.O_WRONLY, 0, 0), 24)\n"
        "opening = threading.Thread(target=lambda: call('openat2', -100, b'fifo', how, 24))\n"
        "opening.start()\n"  # waits inside the call until somebody reads
        "inside = f'/proc/self/task/{opening.native_id}/syscall'\n"
        "while not open(inside).read().startswith('437 '): pass\n"
        "struct.pack_into('Q', how, 0, os.O_RDONLY)\n"
        "os.open('fifo', os.O_RDONLY); opening.join()"
    )
    seen = watch.run(source, str(place))
    [call] = seen.calls("openat2")
    assert call.result >= 0
    assert call.open_flags & os.O_ACCMODE == os.O_WRONLY


def test_what_was_opened_is_told(watch: Watch, place: Path) -> None:
    """Mode, device and inode are those that stat gives."""
    seen = watch.run("tell(os.open(sys.argv[1], 0))", str(place / "link"))
    call, told = opened(*_only(seen)), (place / "link").stat()
    assert (call.file_mode, call.device, call.inode) == (told.st_mode, told.st_dev, told.st_ino)
    assert call.object == watch.types.enum("object_kind")["OBJECT_FILE"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("old = os.memfd_create('x')", id="memfd"),
        pytest.param("old = os.pipe()[0]", id="pipe"),
        pytest.param("old = os.open('/proc/self/ns/mnt', 0)", id="namespace"),
    ],
)
def test_what_has_no_path_says_so(watch: Watch, source: str) -> None:
    """A file of the kernel's own has no path."""
    seen = watch.run(f"{source}\ntell(os.open(f'/proc/self/fd/{{old}}', 0))")
    call = opened(*_only(seen))
    assert call.object == watch.types.enum("object_kind")["OBJECT_ANONYMOUS"]
    assert call.real is None


def test_a_deleted_file_says_so(watch: Watch, place: Path) -> None:
    """A file that has lost its name keeps it in the record, with a mark."""
    source = (
        "old = os.open(sys.argv[1], 0); os.unlink(sys.argv[1])\n"
        "tell(os.open(f'/proc/self/fd/{old}', 0))"
    )
    call = opened(*_only(watch.run(source, str(place / "hard"))))
    assert call.real == bytes(place / "hard")
    assert watch.flags("call_flag", "CALL_", call.flags) == {"deleted"}


def test_the_longest_name_is_whole(watch: Watch, place: Path) -> None:
    """A name of 4,096 bytes, its NUL included, isn't cut."""
    name = str(place / "link")
    name = "/" * (PATH_MAX - 1 - len(name)) + name
    seen = watch.run("tell(os.open(sys.argv[1], 0))", name)
    call = opened(*_only(seen))
    assert (call.name, call.flags) == (name.encode(), 0)
    assert call.real == bytes(place / "a" / "b" / "file")


def test_a_name_that_is_too_long_is_cut(watch: Watch) -> None:
    """A longer name, which the kernel refuses, is told as far as it is kept."""
    source = "try: os.open('x' * 5000, 0)\nexcept OSError: pass"
    seen = watch.run(source)
    call = next(each for each in seen.calls("openat") if each.result == -36)
    assert call.name == b"x" * (PATH_MAX - 1)
    assert watch.flags("call_flag", "CALL_", call.flags) == {"name_cut"}
    assert seen.losses["LOSS_PATH_CUT"] >= 1


def test_a_name_that_nobody_can_read_is_none(watch: Watch) -> None:
    """Where the kernel can't read it either, there is no name, and nothing is unknown."""
    seen = watch.run("syscall(257, -100, 8, 0)")
    call = next(each for each in seen.calls("openat") if each.result == -14)
    assert call.name is None
    assert watch.flags("call_flag", "CALL_", call.flags) == set()


@pytest.mark.parametrize(
    ("part", "depth", "is_cut"),
    [
        pytest.param("d", 48, False, id="48 components"),
        pytest.param("d", 49, True, id="49 components"),
        pytest.param("d" * 240, 15, False, id="long names"),
        pytest.param("d" * 240, 18, True, id="more than 4,096 bytes"),
    ],
)
def test_a_deep_path_is_cut_and_counted(
    watch: Watch, tmp_path: Path, part: str, depth: int, *, is_cut: bool
) -> None:
    """A path with more components or bytes than are kept loses its beginning, and says so."""
    above = len(tmp_path.parts) - 1
    below = depth - above if len(part) == 1 else depth
    source = (
        "os.chdir(sys.argv[1])\n"
        f"for i in range({below} - 1): os.mkdir({part!r}); os.chdir({part!r})\n"
        "tell(os.open('file', os.O_CREAT))"
    )
    seen = watch.run(source, str(tmp_path))
    subprocess.run(["/bin/rm", "-r", str(tmp_path)], check=True)  # noqa: S603  deeper than shutil goes
    call = opened(*_only(seen))
    whole = "/".join([str(tmp_path), *[part] * (below - 1), "file"]).encode()
    assert call.real is not None
    assert whole.endswith(call.real)
    assert (call.real != whole) == is_cut
    assert ("real_cut" in watch.flags("call_flag", "CALL_", call.flags)) == is_cut
    if is_cut:
        assert seen.losses["LOSS_PATH_CUT"] >= 1


def test_a_renamed_directory_never_gives_a_path_that_was_not(watch: Watch, place: Path) -> None:
    """While directories are renamed, a path is one that the file had, or is unknown."""
    (place / "left").mkdir()
    (place / "right").mkdir()
    (place / "left" / "x" / "y").mkdir(parents=True)
    (place / "left" / "x" / "y" / "file").touch()
    source = (
        "os.chdir(sys.argv[1] + '/left/x/y')\n"
        "if not os.fork():\n"
        "    os.chdir(sys.argv[1])\n"
        "    for _ in range(20000):\n"
        "        os.rename('left/x', 'right/z'); os.rename('right/z', 'left/x')\n"
        "    os._exit(0)\n"
        "for _ in range(3000): os.close(os.open('file', 0))\n"
        "os.wait()"
    )
    seen = watch.run(source, str(place))
    paths = {call.real for call in seen.calls("openat") if call.name == b"file"}
    had = {bytes(place / "left/x/y/file"), bytes(place / "right/z/y/file")}
    assert paths & had
    assert paths <= {None, *had}


@pytest.mark.parametrize(
    ("name", "prepare", "flags"),
    [
        pytest.param("link", "", set(), id="alone"),
        pytest.param("link", "share()", {"real_unsure"}, id="shared, by a link"),
        pytest.param("a/b/file", "share()", set(), id="shared, by its own name"),
        pytest.param("dir/file", "share()", set(), id="shared, by a link above"),
        pytest.param("file", "share(); os.chdir('a/b')", set(), id="shared, all of the name"),
        pytest.param("a/b/", "share()", {"real_unsure"}, id="shared, a slash behind"),
    ],
)
def test_a_descriptor_that_others_share_is_unsure(
    watch: Watch, place: Path, name: str, prepare: str, flags: set[str]
) -> None:
    """What others may have replaced, and has another name than was asked for, says so."""
    source = (
        "def share():\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        f"os.chdir(sys.argv[1]); {prepare or 'pass'}\n"
        f"tell(os.open({name!r}, 0)); os._exit(0)"
    )
    call = opened(*_only(watch.run(source, str(place))))
    assert call.real is not None
    assert watch.flags("call_flag", "CALL_", call.flags) == flags


def test_a_replaced_descriptor_never_passes_for_what_was_opened(watch: Watch, place: Path) -> None:
    """While another process replaces new descriptors, a path without a mark is the one opened."""
    source = (
        "os.chdir(sys.argv[1]); other = os.open('hard', 0); CLONE_FILES = 0x400\n"
        "fd = os.open('link', 0); os.close(fd)\n"
        "if not (child := call('clone', CLONE_FILES | 17, 0, 0, 0, 0)):\n"
        "    while True:\n"
        "        libc.dup2(other, fd); libc.close(fd)\n"
        f"for _ in range({OPENS}):\n"
        "    try: os.close(os.open('link', 0))\n"
        "    except OSError: pass\n"
        "os.kill(child, 9); os.wait(); tell(fd)"
    )
    seen = watch.run(source, str(place), wanted=frozenset({"openat"}))
    calls = [each for each in seen.calls("openat") if each.name == b"link" and each.result >= 0]
    known = {"real_unsure", "real_unknown"}
    unmarked = [each for each in calls if not watch.flags("call_flag", "CALL_", each.flags) & known]
    assert calls
    assert {each.real for each in unmarked} <= {bytes(place / "a" / "b" / "file")}


def _only(seen: Seen) -> tuple[Seen, int]:
    """Return what was seen and the one descriptor that the process told."""
    [[descriptor]] = seen.printed
    assert descriptor >= 0
    return seen, descriptor
