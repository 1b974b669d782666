"""What surely matches is ended by the kernel, before its call returns to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from support import killing
from support.judging import Judge
from support.killing import ENDED, FOREIGN, SECRET, Ended, Scene

pytestmark = pytest.mark.kernel

READ = """
import os, sys
os.write(1, os.read(os.open(sys.argv[1], 0), 100))
"""
READ_ELSEWHERE = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
token, other, ways = sys.argv[1:]
if "namespace" in ways:
    assert libc.unshare(0x20000) == 0
    libc.mount(b"none", b"/", 0, 0x44000, 0)
if "bound" in ways:
    assert libc.mount(os.path.dirname(token).encode(), other.encode(), 0, 0x1000, 0) == 0
    token = os.path.join(other, os.path.basename(token))
os.write(1, os.read(os.open(token, 0), 100))
"""


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
    with killing.scene(judge) as made:
        yield made


def read(scene: Scene) -> Ended:
    """Read the secret from outside of the application."""
    return scene.python(READ, str(scene.token))


@pytest.mark.parametrize("ways", ["bound", "namespace", "bound in a namespace"])
def test_other_mounts_hide_nothing(scene: Scene, tmp_path: Path, ways: str) -> None:
    """The secret's own file system says what is read, wherever it is mounted besides."""
    scene.order_reads()
    ended = scene.python(READ_ELSEWHERE, str(scene.token), str(tmp_path), ways)
    assert ended == Ended(ENDED, b"")
    assert scene.told() == [Outcome.KILLED]


def test_a_foreign_reader_dies_before_it_has_a_byte(scene: Scene) -> None:
    """Who came in from outside and opens the secret never sees it, and it is told and counted."""
    scene.order_reads()
    assert read(scene) == Ended(ENDED, b"")
    assert scene.told() == [Outcome.KILLED]
    assert scene.counted() == {Outcome.KILLED: 1}


@pytest.mark.parametrize(
    ("mode", "orders", "outcome"),
    [
        pytest.param(Mode.ENFORCE, {}, Outcome.KILLED, id="both enforce"),
        pytest.param(Mode.OBSERVE, {}, Outcome.WOULD_KILL, id="the container observes"),
        pytest.param(Mode.OFF, {}, None, id="the container's is off"),
        pytest.param(
            Mode.ENFORCE,
            {"kill": frozenset(), "observed": frozenset({0})},
            Outcome.WOULD_KILL,
            id="the rule observes",
        ),
        pytest.param(Mode.ENFORCE, {"kill": frozenset()}, None, id="the rule's is off"),
    ],
)
def test_the_weakest_mode_wins(
    scene: Scene, mode: Mode, orders: dict[str, object], outcome: Outcome | None
) -> None:
    """Only where both the rule and the container enforce is anything done; observed is as if."""
    scene.order_reads(mode, **orders)
    ended = Ended(ENDED, b"") if outcome is Outcome.KILLED else Ended(0, SECRET)
    assert read(scene) == ended
    assert scene.told() == ([] if outcome is None else [outcome])
    assert scene.counted() == ({} if outcome is None else {outcome: 1})


def test_where_the_mode_isnt_known_it_is_held(scene: Scene) -> None:
    """Nobody is ended in a container that may be in a namespace that is off; it is counted."""
    scene.order_reads()
    scene.judge.kernel.tell_mode(scene.key, None)
    assert read(scene).has_leaked
    assert scene.told() == [Outcome.HELD_UNKNOWN]
    assert scene.counted() == {Outcome.HELD_UNKNOWN: 1}


def test_a_mode_changes_at_once(scene: Scene) -> None:
    """Neither a container's mode nor a rule's needs other tables."""
    scene.order_reads(Mode.OBSERVE)
    assert read(scene).has_leaked
    scene.judge.kernel.tell_mode(scene.key, Mode.ENFORCE)
    assert not read(scene).has_leaked
    scene.judge.kernel.enforce(killing.Orders(observed=frozenset({0})))
    assert read(scene).has_leaked
    assert scene.counted() == {Outcome.KILLED: 1, Outcome.WOULD_KILL: 2}


def test_a_container_without_a_mode_has_the_default(scene: Scene) -> None:
    """What nobody told is off, unless the orders say otherwise."""
    scene.order_reads()
    scene.judge.kernel.forget_mode(scene.key)
    assert read(scene).has_leaked


def test_what_only_may_match_is_let_be(scene: Scene) -> None:
    """A condition that the kernel can't decide doesn't kill: regular expressions, for one."""
    scene.order(f"fd.name regex '{scene.token}' and {FOREIGN}")
    assert read(scene).has_leaked
    assert (scene.told(), scene.counted()) == ([], {})


def test_tables_without_orders_kill_nobody(scene: Scene) -> None:
    """Orders end with the tables that they are about, whose counts stay."""
    scene.order_reads()
    read(scene)
    before = scene.judge.kernel.enforced()
    for _ in range(2):  # both slots
        scene.judge.load(f"fd.name = {scene.token}", on=killing.READS)
    assert read(scene).has_leaked
    assert scene.judge.kernel.enforced() == before
