"""An open that surely matches is refused by the kernel before there is a descriptor."""

from collections.abc import Iterator

import pytest

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from support import judging, killing, probes
from support.judging import Judge
from support.killing import SECRET, Ended, Scene

pytestmark = pytest.mark.kernel

READ = """
import os, sys
try: os.write(1, os.read(os.open(sys.argv[1], 0), 100))
except OSError as error: os.write(1, str(error.errno).encode())
"""
REFUSED = Ended(0, b"1")  # EPERM


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judge with the probe as its sources are now."""
    with judging.judging(probes.built()) as made:
        if not made.kernel.can_deny:
            pytest.skip("this kernel lets nobody refuse an open by BPF (no bpf among its modules)")
        yield made


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
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
