"""
How much leaks where the kernel ends whoever reads, in many tries by each method.

Left out of the guests, whose processor is emulated: a try takes a hundred times as long there.
"""

from collections.abc import Iterator

import pytest

from shikra.model.verdict import Outcome
from support import judging, killing, probes
from support.killing import Ended, Scene

pytestmark = pytest.mark.kernel

MOST_READS = 2_000

READ_OFTEN = """
import os, sys
if os.fork() == 0: os._exit(0)
os.wait()
path, times = sys.argv[1], int(sys.argv[2])
for _ in range(times):
    child = os.fork()
    if child == 0:
        os.write(1, os.read(os.open(path, 0), 100))
        os._exit(0)
    if os.waitpid(child, 0)[1] != 9: os.write(1, b"ended otherwise")
"""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Return a container with a secret."""
    with judging.judging(probes.built()) as judge, killing.scene(judge) as made:
        yield made


def test_thousands_of_reads_leak_nothing(scene: Scene) -> None:
    """Each of many readers with one thread dies, none has a byte, and all are counted."""
    scene.order_reads()
    assert scene.python(READ_OFTEN, str(scene.token), str(MOST_READS)) == Ended(0, b"")
    assert scene.counted() == {Outcome.KILLED: MOST_READS}
