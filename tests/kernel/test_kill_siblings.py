"""
What killing can't prevent: who shares the descriptors may read before the opener dies.

The page on enforcement says so, and the loader recommends to deny. How often it happens depends on
the machine; that each opener dies doesn't.
"""

from collections.abc import Iterator

import pytest

from shikra.model.verdict import Outcome
from support import killing, repeats
from support.judging import Judge
from support.killing import ENDED, Scene

pytestmark = pytest.mark.kernel

TRIES = repeats.times(50, emulated=5)

THREAD = """
import os, sys, threading
number = os.dup(0)
os.close(number)
def guess():
    while True:
        try: found = os.pread(number, 100, 0)
        except OSError: continue
        os.write(1, found)
        return
sibling = threading.Thread(target=guess, daemon=True)
sibling.start()
os.read(os.open(sys.argv[1], 0), 100)
os.write(1, b"went on")
"""


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
    with killing.scene(judge) as made:
        yield made


def test_who_has_a_guessing_thread_dies_all_the_same(scene: Scene) -> None:
    """The opener never runs on, whatever another thread of it may have read; each is counted."""
    scene.order_reads()
    for _ in range(TRIES):
        ended = scene.python(THREAD, str(scene.token))
        assert ended.status == ENDED
        assert b"went on" not in ended.output
    assert scene.counted() == {Outcome.KILLED: TRIES}
