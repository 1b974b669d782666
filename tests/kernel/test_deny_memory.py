"""Who reaches into another process is refused before anything is read, written or stopped."""

from collections.abc import Iterator

import pytest

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from support import judging, killing, probes
from support.judging import Judge
from support.killing import Ended, Scene
from support.probing import PYTHON

pytestmark = pytest.mark.kernel

CALLS = (
    "(evt.type in (open, openat, openat2) and fd.name glob /proc/*/mem)"
    " or evt.type in (process_vm_readv, process_vm_writev, pidfd_getfd)"
    " or (evt.type = ptrace and evt.arg.request in (PTRACE_ATTACH, PTRACE_SEIZE))"
)
FOREIGN = f"({CALLS}) and {killing.FOREIGN}"
KEPT = b"kept-in-memory"
WRITTEN = b"was-written-to"
TARGET = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
kept = ctypes.create_string_buffer({KEPT!r})
os.write(1, b"%d\\n" % ctypes.addressof(kept))
def looked_up(process):
    return os.pread(os.open(f"/proc/{{process}}/mem", 0), {len(KEPT)}, ctypes.addressof(kept))
def of_child():
    child = os.fork()
    if child == 0:
        while True: os.read(0, 0)
    try:
        if libc.ptrace(0x4206, child, None, None): raise OSError(ctypes.get_errno(), "")
        return looked_up(child)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
answers = {{
    ".": lambda: kept.raw[:{len(KEPT)}], "o": lambda: looked_up("self"), "c": of_child
}}
while asked := os.read(0, 1):
    try: answer = answers[asked.decode()]()
    except OSError as error: answer = b"refused %d" % error.errno
    os.write(1, answer + b"\\n")
"""
"""Says where its memory holds something; and, whenever it is asked, what it holds."""

PRELUDE = """
import ctypes, os, sys
pid, at = map(int, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)
class Part(ctypes.Structure): _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
def called(result):
    if result < 0: raise OSError(ctypes.get_errno(), "")
    return result
def moved(call, text):
    mine = ctypes.create_string_buffer(text)
    here, there = Part(ctypes.addressof(mine), len(text)), Part(at, len(text))
    called(call(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return mine.raw
def traced(request):
    called(libc.ptrace(request, pid, None, None))
    os.write(1, b"reached")
"""
WAYS = {
    "as a file": "os.write(1, os.pread(os.open(f'/proc/{pid}/mem', 0), 14, at))",
    "as a file, to write": f"os.pwrite(os.open(f'/proc/{{pid}}/mem', 2), {WRITTEN!r}, at)",
    "as a thread's file": (
        "os.write(1, os.pread(os.open(f'/proc/{pid}/task/{pid}/mem', 0), 14, at))"
    ),
    "from within its directory": (
        "os.chdir(f'/proc/{pid}'); os.write(1, os.pread(os.open('mem', 0), 14, at))"
    ),
    "traced": "traced(16)",
    "traced without a stop": "traced(0x4206)",
    "read": "os.write(1, moved(libc.process_vm_readv, bytes(14)))",
    "written": f"moved(libc.process_vm_writev, {WRITTEN!r})",
    "a descriptor taken": (
        "os.write(1, b'reached%d' % called(libc.syscall(438, os.pidfd_open(pid), 1, 0)))"
    ),
}
ATTEMPT = """
try: {}
except OSError as error: os.write(1, b"refused %d" % error.errno)
"""
REFUSED = Ended(0, b"refused 1")


class Target:
    """A process of the container's application, and what its memory holds."""

    def __init__(self, scene: Scene) -> None:
        """Ask the container's first process where it is."""
        self._scene = scene
        self.pid = scene.first.pid
        assert scene.first.stdout is not None
        self.at = int(scene.first.stdout.readline())

    def asked(self, how: bytes = b".") -> bytes:
        """Return what its memory holds now, looked up so; it answers, so it runs."""
        first = self._scene.first
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write(how)
        first.stdin.flush()
        return first.stdout.readline().rstrip(b"\n")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judge with the probe as its sources are now."""
    with judging.judging(probes.built()) as made:
        if not made.kernel.can_deny:
            pytest.skip("this kernel lets nobody refuse a call by BPF (no bpf among its modules)")
        yield made


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container whose first process holds something in its memory."""
    with killing.scene(judge, (PYTHON, "-I", "-S", "-c", TARGET)) as made:
        yield made


@pytest.fixture(scope="module")
def target(scene: Scene) -> Target:
    """Return its first process."""
    return Target(scene)


def deny(scene: Scene, condition: str = FOREIGN, mode: Mode = Mode.ENFORCE) -> None:
    """Refuse this, in the container alone."""
    on = "evt.type exists"
    every = frozenset(range(len(judging.compiled(condition, on=on).tables.rules)))
    scene.order(condition, on=on, mode=mode, kill=frozenset(), deny=every)


def reach(scene: Scene, target: Target, how: str) -> Ended:
    """Reach into the target from outside of the application."""
    source = PRELUDE + ATTEMPT.replace("{}", how)
    return scene.python(source, str(target.pid), str(target.at))


@pytest.mark.parametrize("how", [pytest.param(how, id=way) for way, how in WAYS.items()])
def test_a_foreign_process_is_refused(scene: Scene, target: Target, how: str) -> None:
    """It gets nothing and lives on; the other keeps running, and nothing of it is changed."""
    deny(scene)
    assert reach(scene, target, how) == REFUSED
    assert target.asked() == KEPT
    assert Outcome.DENIED in scene.told()
    assert scene.counted()[Outcome.DENIED] == 1


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(b"o", id="its own, as a file"),
        pytest.param(b"c", id="a child's, traced and as a file"),
    ],
)
def test_the_application_reaches_where_the_rule_lets_it(
    scene: Scene, target: Target, how: bytes
) -> None:
    """Whom the rule exempts gets what it asks for."""
    deny(scene)
    assert target.asked(how) == KEPT
    assert not scene.counted()


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(b"o", id="its own"),
        pytest.param(b"c", id="a child's"),
    ],
)
def test_a_rule_without_an_exemption_refuses_the_application(
    scene: Scene, target: Target, how: bytes
) -> None:
    """Without it, and with the first process included, nothing is spared."""
    every = frozenset(range(8))
    scene.order(CALLS, on="evt.type exists", kill=frozenset(), deny=every, includes_init=every)
    assert target.asked(how) == b"refused 1"


def test_one_process_may_be_named(scene: Scene, target: Target) -> None:
    """A rule about the memory of one process leaves a foreign process its own."""
    deny(scene, f"evt.type in (open, openat) and fd.name = /proc/{target.pid}/mem")
    own = "os.write(1, os.pread(os.open('/proc/self/mem', 0), 4, ctypes.addressof(Part(1, 2))))"
    assert reach(scene, target, own).output == (1).to_bytes(4, "little")
    assert reach(scene, target, WAYS["as a file"]) == REFUSED


def test_who_looks_at_a_process_isnt_refused(scene: Scene, target: Target) -> None:
    """What ps and top read of others asks for no control of them."""
    deny(scene)
    looked = "; ".join(
        f"open(f'/proc/{{pid}}/{name}', 'rb').read()"
        for name in ("maps", "environ", "auxv", "stat", "status", "io", "smaps_rollup")
    )
    links = "os.readlink(f'/proc/{pid}/exe'); os.listdir(f'/proc/{pid}/fd')"
    ended = reach(scene, target, f"{looked}; {links}; os.write(1, b'looked')")
    assert ended == Ended(0, b"looked")
    assert not scene.counted()


@pytest.mark.parametrize("way", ["as a file", "read"])
def test_an_observed_container_is_let_be(scene: Scene, target: Target, way: str) -> None:
    """Only where both rule and container enforce is anything refused."""
    deny(scene, mode=Mode.OBSERVE)
    assert reach(scene, target, WAYS[way]).output.startswith(KEPT)


def test_ones_own_memory_by_a_call_isnt_asked_about(scene: Scene, target: Target) -> None:
    """A process that reads itself by such a call reaches into nobody."""
    deny(scene)
    own = (
        "mine = ctypes.create_string_buffer(b'mine');"
        " pid, at = os.getpid(), ctypes.addressof(mine);"
        " os.write(1, moved(libc.process_vm_readv, bytes(4)))"
    )
    assert reach(scene, target, own).output.startswith(b"mine")
