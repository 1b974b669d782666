"""What the probe tells of the file that a process runs."""

import os
from pathlib import Path

import pytest

from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.kernel

KNOWN = {"writable", "writable_unknown", "upper_layer", "lower_layer", "from_memfd"}
LAYERS = {"upper_layer", "lower_layer"}
PROGRAM = """
import shutil, tempfile
place = tempfile.mkdtemp(); os.chmod(place, 0o755)
program = place + '/program'
shutil.copy('/bin/true', program)
os.chmod(program, 0o755)
def run(path, before=lambda: None, name=None):
    if not (child := os.fork()):
        try:
            before(); os.execve(path, [name or os.path.basename(path)], {})
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
def become(user, group, *groups):
    os.setgroups(groups); os.setresgid(group, group, group); os.setresuid(user, user, user)
"""
"""A program of the test's own, how it is run, and as whom."""
CLEAN = "\nshutil.rmtree(place)"
PRIVATE_MOUNTS = """
assert libc.unshare(0x20000) == 0
assert libc.mount(b'none', b'/', None, 0x44000, None) == 0
"""


def execed(seen: Seen, comm: bytes) -> Told:
    """Return the last exec under this name."""
    return [each for each in seen.of("exec") if each.comm == comm][-1]


def facts(watch: Watch, record: Told) -> set[str]:
    """Return the flags of the executable."""
    return watch.flags("process_flag", "PROCESS_EXE_", record.flags) & KNOWN


def test_times_and_inode_are_the_files(watch: Watch) -> None:
    """When the inode and the content changed is told to the nanosecond."""
    source = (
        "os.utime(program, ns=(10**18 + 1, 10**18 + 2))\n"
        "found = os.stat(program)\n"
        "tell(found.st_ino, found.st_dev, found.st_ctime_ns, found.st_mtime_ns)\n"
        "run(program)"
    )
    seen = watch.run(PROGRAM + source + CLEAN)
    record = execed(seen, b"program")
    told = [record.exe_inode, record.exe_device, record.exe_ctime_ns, record.exe_mtime_ns]
    assert [told] == seen.printed


@pytest.mark.parametrize(
    ("source", "is_writable"),
    [
        pytest.param("run(program)", True, id="root"),
        pytest.param("run(program, lambda: become(65534, 65534))", False, id="a stranger"),
        pytest.param(
            "os.chown(program, 65534, 0); run(program, lambda: become(65534, 65534))",
            True,
            id="the owner, who may allow it to itself",
        ),
        pytest.param(
            "os.chmod(program, 0o757); run(program, lambda: become(65534, 65534))",
            True,
            id="others may",
        ),
        pytest.param(
            "os.chmod(program, 0o775); os.chown(program, 0, 77)\n"
            "run(program, lambda: become(65534, 65534, 5, 77, 900))",
            True,
            id="one of the groups may",
        ),
        pytest.param(
            "os.chmod(program, 0o775); os.chown(program, 0, 77)\n"
            "run(program, lambda: become(65534, 65534, *range(100), *range(78, 900)))",
            True,
            id="one of many groups may",
        ),
        pytest.param(
            "os.chmod(program, 0o775); os.chown(program, 0, 77)\n"
            "run(program, lambda: become(65534, 65534, 5, 76, 78, 900))",
            False,
            id="only groups beside it",
        ),
        pytest.param(
            "os.chmod(program, 0o757); os.chown(program, 0, 77)\n"
            "run(program, lambda: become(65534, 77))",
            False,
            id="others may, but not its group",
        ),
        pytest.param(
            PRIVATE_MOUNTS
            + "assert libc.mount(place.encode(), place.encode(), None, 0x1000, 0) == 0\n"
            "assert libc.mount(None, place.encode(), None, 0x1021, None) == 0\n"
            "run(program)\n"
            "assert libc.umount2(place.encode(), 2) == 0",
            False,
            id="root on a mount that is read-only",
        ),
    ],
)
def test_who_may_write_the_program_is_told(watch: Watch, source: str, is_writable: bool) -> None:
    """Whether the user who runs a program may write it follows from owner, mode and groups."""
    record = execed(watch.run(PROGRAM + source + CLEAN), b"program")
    assert facts(watch, record) - LAYERS == ({"writable"} if is_writable else set())


@pytest.mark.parametrize(
    ("owner", "is_writable"),
    [
        pytest.param(5003, True, id="an owner of the namespace"),
        pytest.param(9000, False, id="an owner from outside"),
    ],
)
def test_capabilities_reach_what_the_user_namespace_knows(
    watch: Watch, owner: int, is_writable: bool
) -> None:
    """Who is root in a user namespace may write what its own users have, and not the rest."""
    source = (
        "def enter():\n"
        "    assert libc.unshare(0x10000000) == 0\n"
        "    os.write(entered[1], b'x'); os.read(mapped[0], 1)\n"
        "    os.setresgid(0, 0, 0); os.setresuid(0, 0, 0)\n"
        "entered, mapped = os.pipe(), os.pipe()\n"
        f"os.chown(program, {owner}, {owner})\n"
        "if not (runner := os.fork()):\n"
        "    enter(); os.execv(program, ['program'])\n"
        "os.read(entered[0], 1)\n"
        "for kind in ('uid', 'gid'):\n"
        "    open(f'/proc/{runner}/{kind}_map', 'w').write('0 5000 10')\n"
        "os.write(mapped[1], b'x')\n"
        "assert os.waitpid(runner, 0)[1] == 0"
    )
    record = execed(watch.run(PROGRAM + source + CLEAN), b"program")
    assert facts(watch, record) - LAYERS == ({"writable"} if is_writable else set())


def test_a_program_in_memory_is_told_from_a_file(watch: Watch) -> None:
    """A program in a memfd is one; a file that is named as one, or unlinked, is not."""
    source = (
        "fd = os.memfd_create('hidden'); os.write(fd, open('/bin/true', 'rb').read())\n"
        "os.set_inheritable(fd, True)\n"
        "run(fd, name='in memory')\n"
        "os.rename(program, place + '/memfd:x'); program = place + '/memfd:x'\n"
        "run(program, name='named so')\n"
        "unlinked = os.open(program, os.O_RDONLY); os.unlink(program)\n"
        "run(unlinked, name='unlinked')"
    )
    seen = watch.run(PROGRAM.replace("os.path.basename(path)", "''") + source + CLEAN)
    by_name = {each.arguments: facts(watch, each) for each in seen.of("exec")}
    assert "from_memfd" in by_name[b"in memory\0"]
    assert "from_memfd" not in by_name[b"named so\0"] | by_name[b"unlinked\0"]


def test_the_layer_of_an_overlay_is_told(watch: Watch) -> None:
    """What the lower layer has is of the image until it is written; what is new never was."""
    source = PRIVATE_MOUNTS + (
        "for name in ('lower', 'disk', 'merged'): os.mkdir(f'{place}/{name}')\n"
        "assert libc.mount(b'none', f'{place}/disk'.encode(), b'tmpfs', 0, None) == 0\n"
        "for name in ('upper', 'work'): os.mkdir(f'{place}/disk/{name}')\n"
        "shutil.copy(program, place + '/lower/image')\n"
        "shutil.copy(program, place + '/lower/touched')\n"
        "merged, disk = place + '/merged', place + '/disk'\n"
        "options = f'lowerdir={place}/lower,upperdir={disk}/upper,workdir={disk}/work'\n"
        "assert libc.mount(b'none', merged.encode(), b'overlay', 0, options.encode()) == 0\n"
        "run(merged + '/image'); run(merged + '/touched', name='before')\n"
        "os.chmod(merged + '/touched', 0o700); run(merged + '/touched')\n"
        "shutil.copy(program, merged + '/new'); run(merged + '/new'); run(program)\n"
        "for name in ('image', 'touched', 'new'): os.open(f'{merged}/{name}', os.O_RDONLY)\n"
        "os.open(program, os.O_RDONLY)\n"
        "for each in (merged, disk): assert libc.umount2(each.encode(), 2) == 0\n"
    )
    seen = watch.run(PROGRAM + source + CLEAN)
    by_name = {each.arguments[:-1]: facts(watch, each) & LAYERS for each in seen.of("exec")}
    layers = {name: by_name[name] for name in (b"image", b"before", b"touched", b"new", b"program")}
    assert layers == {
        b"image": {"lower_layer"},
        b"before": {"lower_layer"},
        b"touched": {"upper_layer"},
        b"new": {"upper_layer"},
        b"program": set(),
    }
    opened = {
        Path(os.fsdecode(call.name)).name.encode(): (
            call.has_layer,
            call.is_upper_layer,
            call.is_lower_layer,
        )
        for call in seen.calls("openat")
        if call.name and call.result >= 0
    }
    assert opened[b"image"] == (1, 0, 1)
    assert opened[b"touched"] == opened[b"new"] == (1, 1, 0)
    assert opened[b"program"] == (1, 0, 0)


def test_living_processes_have_their_executables(watch: Watch) -> None:
    """Of what ran before the probe was attached, the same is told."""
    own = next(record for record in watch.listed if record.pid == os.getpid())
    exe = Path("/proc/self/exe").stat()
    assert (own.exe_inode, own.exe_ctime_ns) == (exe.st_ino, exe.st_ctime_ns)
    assert ("writable" in facts(watch, own)) == os.access("/proc/self/exe", os.W_OK)
