"""
How much leaks where the kernel ends whoever reads, in many tries by each method.

Left out of the guests, whose processor is emulated: a try takes a hundred times as long there.
"""

import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.verdict import Outcome
from shikra.sources.kernel import features, requests
from support import judging, killing, probes, uring
from support.killing import Ended, Scene
from support.waiting import until

pytestmark = pytest.mark.kernel

MOST_READS = 2_000
TRIES = 100

OFTEN = """
import ctypes, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
path, times = sys.argv[1], int(sys.argv[2])
folder, name = os.path.split(path)
def out(file): os.write(1, os.read(file, 100))
def succeeded(result):
    if result < 0: raise OSError(ctypes.get_errno(), "failed")
    return result
{}
for _ in range(times):
    child = os.fork()
    if child == 0:
        attempt()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 9: os.write(1, b"ended otherwise")
"""
RING = Path(uring.__file__).read_text()
IN_32_BITS = """
def attempt():
    map_ = libc.mmap
    map_.restype = ctypes.c_void_p
    map_.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    at = map_(None, 8192, 7, 0x22 | 0x40, -1, 0)
    code = bytes.fromhex("53 b805000000 89fb 31c9 31d2 cd80 5b c3")
    ctypes.memmove(at, code, len(code))
    ctypes.memmove(at + 4096, path.encode() + bytes(1), len(path) + 1)
    out(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint)(at)(at + 4096))
"""
BY_HANDLE = """
def attempt():
    handle, mount = (ctypes.c_char * 136)(), ctypes.c_int()
    ctypes.c_uint.from_buffer(handle).value = 128
    succeeded(libc.name_to_handle_at(-100, path.encode(), handle, ctypes.byref(mount), 0))
    out(succeeded(libc.open_by_handle_at(os.open(folder, 0), handle, 0)))
"""
FLIPPED = """
def attempt():
    names = [each.encode() + bytes(1) for each in (path, "/dev/null")]
    shown = ctypes.create_string_buffer(max(map(len, names)))
    def flip():
        while True:
            for each in names: ctypes.memmove(shown, each, len(each))
    threading.Thread(target=flip, daemon=True).start()
    while True:
        file = libc.open(shown, 0)
        if file >= 0:
            out(file)
            os.close(file)
"""
ORPHANED = """
def attempt():
    if os.fork() == 0:
        if os.fork() == 0:
            while os.getppid() == parent: pass
            out(os.open(path, 0))
        os._exit(0)
    os.wait()
    os.kill(os.getpid(), 9)
"""
LINKED = """
def attempt():
    ring, file = Ring({}), os.dup(0)
    os.close(file)
    room = ctypes.create_string_buffer(100)
    at = ctypes.addressof(room)
    read = submission(22, file, address=at, length=17, flags=LINK)
    ring.run(openat(path.encode(), flags=LINK), read, submission(23, 1, address=at, length=17))
"""
LINKED_TO_WORKER = LINKED.replace("{}", "").replace("flags=LINK)", "flags=LINK | ASYNC)")
SLOT = """
def attempt():
    ring, room = Ring(slots=2), ctypes.create_string_buffer(100)
    at = ctypes.addressof(room)
    read = submission(22, 0, address=at, length=17, flags=LINK | {})
    write = submission(23, 1, address=at, length=17)
    ring.run(openat(path.encode(), slot=1, flags=LINK), read, write)
"""
FIXED_FILE = 1  # flag of a submission: its descriptor is a slot


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Return a container with a secret."""
    with judging.judging(probes.built()) as judge, killing.scene(judge) as made:
        yield made


def read_often(scene: Scene, source: str, times: int) -> Ended:
    """Read the secret, each time in another process."""
    return scene.python(OFTEN.replace("{}", source), str(scene.token), str(times))


def test_thousands_of_reads_leak_nothing(scene: Scene) -> None:
    """Each of many readers with one thread dies, none has a byte, and all are counted."""
    scene.order_reads()
    plain = "def attempt(): out(os.open(path, 0))"
    assert read_often(scene, plain, MOST_READS) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: MOST_READS}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def attempt(): os.chdir(folder); out(os.open(name, 0))", id="relative"),
        pytest.param(
            "def attempt(): out(os.open(name, 0, dir_fd=os.open(folder, 0)))", id="from a directory"
        ),
        pytest.param("def attempt(): out(os.open('/proc/self/root' + path, 0))", id="by /proc"),
        pytest.param("def attempt(): out(os.open(path, os.O_RDWR))", id="to write, too"),
        pytest.param(
            "link = '/dev/shm/link%d' % os.getpid()\nos.symlink(path, link)\n"
            "def attempt(): out(os.open(link, 0))",
            id="through a link",
        ),
        pytest.param(
            "def attempt(): out(os.open('/proc/self/fd/%d' % os.open(path, os.O_PATH), 0))",
            id="opened again",
        ),
        pytest.param(
            "def attempt(): os.chroot(folder); out(os.open('/' + name, 0))", id="other root"
        ),
        pytest.param(
            "libc.unshare(0x20000)\ndef attempt(): out(os.open(path, 0))", id="other mounts"
        ),
        pytest.param(
            "libc.unshare(0x20000)\n"
            "succeeded(libc.mount(folder.encode(), b'/mnt', None, 4096, None))\n"
            "def attempt(): out(os.open('/mnt/' + name, 0))",
            id="mounted elsewhere, too",
        ),
        pytest.param(BY_HANDLE, id="by a handle"),
        pytest.param(IN_32_BITS, id="by the call of 32 bits"),
        pytest.param(FLIPPED, id="by a path that changes"),
        pytest.param(
            RING + "def attempt(): out(Ring().run(openat(path.encode()))[0])", id="by a ring"
        ),
        pytest.param(
            RING + "def attempt(): out(Ring().run(openat(path.encode(), flags=ASYNC))[0])",
            id="by a worker of a ring",
        ),
        pytest.param(
            RING + "def attempt(): out(Ring(POLLED).run(openat(path.encode()))[0])",
            id="by a ring that is polled",
        ),
        pytest.param(RING + LINKED.replace("{}", ""), id="linked in a ring"),
        pytest.param(RING + LINKED.replace("{}", "POLLED"), id="linked in a ring that is polled"),
    ],
)
def test_no_way_to_open_leaks(scene: Scene, source: str) -> None:
    """However a reader comes to the file, it dies before it has a byte."""
    if source is IN_32_BITS and platform.machine() != "x86_64":
        pytest.skip("this processor has no other calls")
    if RING in source and not requests.hooks(features.Features.of_running()):
        pytest.skip("the kernel has no tracepoints of io_uring")
    on = killing.READS.replace("openat2)", "openat2, open_by_handle_at)")
    scene.order(f"fd.name = {scene.token} and {killing.FOREIGN}", on=on)
    assert read_often(scene, source, TRIES) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: TRIES}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(LINKED_TO_WORKER, id="by a worker"),
        pytest.param(SLOT.replace("{}", str(FIXED_FILE)), id="into a slot"),
        pytest.param(
            "def attempt():\n ring = Ring()\n"
            " ring.run(openat(path.encode(), flags=SKIPS_SUCCESS), expected=0)\n out(3)",
            id="without an answer",
        ),
    ],
)
def test_no_attempt_in_a_ring_goes_on(scene: Scene, source: str) -> None:
    """What reads on by itself is ended before it begins, by rules that count attempts."""
    if not requests.hooks(features.Features.of_running()):
        pytest.skip("the kernel has no tracepoints of io_uring")
    on = "evt.type in (open, openat) and evt.is_open_read = true"
    scene.order(f"fd.name = {scene.token} and {killing.FOREIGN}", on=on)
    assert read_often(scene, RING + source, TRIES) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: TRIES}
    assert scene.told() == [Outcome.KILLED] * TRIES


def test_orphans_are_foreign(scene: Scene) -> None:
    """Who came from outside stays foreign when the first process adopts it."""
    scene.order_reads()
    ended = read_often(scene, "parent = os.getpid()\n" + ORPHANED, TRIES)
    assert ended == Ended(0, b"")
    until(lambda: scene.counted() == {Outcome.KILLED: TRIES}, "all orphans to be killed")
