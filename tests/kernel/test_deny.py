"""An open that surely matches is refused by the kernel before there is a descriptor."""

from collections.abc import Iterator

import pytest

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from shikra.sources.kernel.refused import ANY_DESCRIPTOR
from support import killing, ways
from support.judging import Judge
from support.killing import SECRET, Ended, Scene

pytestmark = pytest.mark.kernel

ONCE = """
import signal
{}
child = os.fork()
if child == 0:
    signal.alarm(5)  # some try for ever
    try: attempt()
    except OSError: pass
    os._exit(0)
os.waitpid(child, 0)
"""
GUESSED = """
def attempt():
    wanted, ended = os.dup(0), []
    os.close(wanted)
    def read():
        while not ended:
            try: out(wanted)
            except OSError: pass
    thread = threading.Thread(target=read)
    thread.start()
    try: os.open(path, 0)
    finally:
        ended.append(True)
        thread.join()
"""
SHARED = """
def attempt():
    wanted, files = os.dup(0), 0x400
    os.close(wanted)
    sibling = libc.syscall(56, files | 17, None, None, None, None)
    if sibling == 0:
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            try: out(wanted)
            except OSError: pass
        os._exit(0)
    try:
        for _ in range(20):
            try: os.close(os.open(path, 0))
            except OSError as error: refusal = error
    finally:
        os.waitpid(sibling, 0)
    raise refusal
"""
READ = """
import os, sys
try: os.write(1, os.read(os.open(sys.argv[1], 0), 100))
except OSError as error: os.write(1, str(error.errno).encode())
"""
WRITE = """
import os, sys
for flags in os.O_WRONLY | os.O_TRUNC, os.O_RDWR, os.O_CREAT | os.O_WRONLY | os.O_APPEND:
    try: os.open(sys.argv[1], flags)
    except OSError as error: os.write(1, str(error.errno).encode())
"""
OPENS = "evt.type in (open, openat, openat2)"
REFUSED = Ended(0, b"1")  # EPERM


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
    if not judge.kernel.can_deny:
        pytest.skip("this kernel lets nobody refuse an open by BPF (no bpf among its modules)")
    with killing.scene(judge) as made:
        yield made


def deny(scene: Scene, mode: Mode = Mode.ENFORCE) -> None:
    """Refuse who reads the secret and wasn't made by the application."""
    scene.order_reads(mode, kill=frozenset(), deny=frozenset({0}))


def read(scene: Scene, path: str | None = None) -> Ended:
    """Read the secret from outside of the application."""
    return scene.python(READ, path or str(scene.token))


def test_a_foreign_reader_is_refused(scene: Scene) -> None:
    """Who came in from outside gets no descriptor, lives on, and it is told and counted."""
    deny(scene)
    assert read(scene) == REFUSED
    assert Outcome.DENIED in scene.told()
    assert scene.counted()[Outcome.DENIED] == 1


def test_who_writes_is_refused_and_who_reads_isnt(scene: Scene) -> None:
    """The kernel is told for what a file is opened; what there was stays."""
    condition = f"fd.name = {scene.token} and evt.is_open_write = true and {killing.FOREIGN}"
    scene.order(condition, on=OPENS, kill=frozenset(), deny=frozenset({0}))
    assert scene.python(WRITE, str(scene.token)) == Ended(0, b"111")
    assert read(scene) == Ended(0, SECRET)
    assert scene.counted()[Outcome.DENIED] == 3


def test_a_refusal_matches_a_rule_on_opens_that_succeed(scene: Scene) -> None:
    """Who asks for a descriptor is told of the one that there would be, and that there is none."""
    deny(scene)
    assert read(scene) == REFUSED
    (refused,) = [
        each for each in scene.events() if each.verdict and each.verdict.outcome is Outcome.DENIED
    ]
    assert refused.fields["fd.num"] == ANY_DESCRIPTOR
    assert refused.fields["evt.rawres"] == -1


def test_an_observed_container_is_let_be(scene: Scene) -> None:
    """Only where both rule and container enforce is anything refused."""
    deny(scene, Mode.OBSERVE)
    assert read(scene) == Ended(0, SECRET)


def test_orders_without_denial_let_read_again(scene: Scene) -> None:
    """What is ordered no more isn't refused any more."""
    deny(scene)
    assert read(scene) == REFUSED
    scene.judge.kernel.enforce(killing.Orders())
    assert read(scene) == Ended(0, SECRET)


@pytest.mark.parametrize(
    "source",
    [
        *(pytest.param(source, id=way) for way, source in ways.WAYS.items()),
        pytest.param(ways.RING + ways.LINKED_TO_WORKER, id="linked in a ring, by a worker"),
        pytest.param(ways.RING + ways.LINKED_IN_A_SLOT, id="linked in a ring, into a slot"),
        pytest.param(ways.OVERLAY, id="through an overlay"),
        pytest.param(GUESSED, id="by a thread that guesses the descriptor"),
        pytest.param(SHARED, id="by a sibling that shares descriptors"),
    ],
)
def test_no_way_to_open_leaks(scene: Scene, source: str) -> None:
    """However a reader comes to the file, it gets no descriptor, and neither does anybody else."""
    on = killing.READS.replace("openat2)", "openat2, open_by_handle_at)")
    condition = f"fd.name startswith {scene.token.parent}/ and {killing.FOREIGN}"
    scene.order(condition, on=on, kill=frozenset(), deny=frozenset({0}))
    ended = scene.python(ways.PRELUDE + ONCE.replace("{}", source), str(scene.token), "1")
    assert not ended.has_leaked
    assert scene.counted()[Outcome.DENIED] >= 1
