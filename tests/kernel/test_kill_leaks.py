"""
How much leaks where the kernel ends whoever reads, in many tries by each method.

Left out of the guests, whose processor is emulated: a try takes a hundred times as long there.
"""

import platform
from collections.abc import Iterator

import pytest

from shikra.model.verdict import Outcome
from shikra.sources.kernel import features, requests
from support import killing, repeats, ways
from support.judging import Judge
from support.killing import Ended, Scene
from support.waiting import until

pytestmark = pytest.mark.kernel

MOST_READS = repeats.times(2_000, emulated=20)
TRIES = repeats.times(100, emulated=1)
CALLS = "open, openat, openat2, open_by_handle_at"

OFTEN = """
{}
for _ in range(times):
    child = os.fork()
    if child == 0:
        attempt()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 9: os.write(1, b"ended otherwise")
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


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
    with killing.scene(judge) as made:
        yield made


def kernel_version() -> tuple[int, ...]:
    """Return the first two numbers of the kernel's release."""
    return tuple(map(int, platform.release().split(".")[:2]))


def read_often(scene: Scene, source: str, times: int) -> Ended:
    """Read the secret, each time in another process."""
    return scene.python(ways.PRELUDE + OFTEN.replace("{}", source), str(scene.token), str(times))


def test_thousands_of_reads_leak_nothing(scene: Scene) -> None:
    """Each of many readers with one thread dies, none has a byte, and all are counted."""
    scene.order_reads()
    plain = "def attempt(): out(os.open(path, 0))"
    assert read_often(scene, plain, MOST_READS) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: MOST_READS}


@pytest.mark.parametrize("way", ways.WAYS)
def test_no_way_to_open_leaks(scene: Scene, way: str) -> None:
    """However a reader comes to the file, it dies before it has a byte; attempts count, too."""
    source = ways.WAYS[way]
    if source is ways.IN_32_BITS and platform.machine() != "x86_64":
        pytest.skip("this processor has no other calls")
    if ways.RING in source and not requests.hooks(features.Features.of_running()):
        pytest.skip("the kernel has no tracepoints of io_uring")
    on = f"evt.type in ({CALLS}) and evt.is_open_read = true"
    scene.order(f"fd.name startswith {scene.token.parent}/ and {killing.FOREIGN}", on=on)
    assert read_often(scene, source, TRIES) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: TRIES}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(ways.LINKED_TO_WORKER, id="by a worker"),
        pytest.param(ways.LINKED_IN_A_SLOT, id="into a slot"),
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
    if "SKIPS_SUCCESS" in source and kernel_version() < (5, 17):
        pytest.skip("the kernel has no such flag: it refuses the request")
    on = "evt.type in (open, openat) and evt.is_open_read = true"
    scene.order(f"fd.name = {scene.token} and {killing.FOREIGN}", on=on)
    assert read_often(scene, ways.RING + source, TRIES) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: TRIES}
    assert scene.told() == [Outcome.KILLED] * TRIES


def test_orphans_are_foreign(scene: Scene) -> None:
    """Who came from outside stays foreign when the first process adopts it."""
    scene.order_reads()
    ended = read_often(scene, "parent = os.getpid()\n" + ORPHANED, TRIES)
    assert ended == Ended(0, b"")
    until(lambda: scene.counted() == {Outcome.KILLED: TRIES}, "all orphans to be killed")
