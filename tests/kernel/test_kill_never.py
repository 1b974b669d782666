"""Who is let be, whatever is ordered: it is held, and counted with its reason."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from support import judging, killing, probes
from support.judging import Judge
from support.killing import ENDED, SECRET, Scene
from support.probing import PYTHON

pytestmark = pytest.mark.kernel

READ = b"r"
READ_IN_CHILD = b"c"
APPLICATION = """
import os, sys
def read():
    try: return os.read(os.open(os.environ["TOKEN"], 0), 100)
    except OSError as error: return repr(error).encode()
while order := os.read(0, 1):
    if order == b"r":
        os.write(1, read() + b"\\n")
    elif not (child := os.fork()):
        read()
        os._exit(0)
    else:
        os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


PRINT = "import os, sys; os.write(1, os.read(os.open(sys.argv[1], 0), 100))"


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judge with the probe as its sources are now."""
    with judging.judging(probes.built()) as made:
        yield made


@pytest.fixture
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container whose first process reads when it is told to."""
    with killing.scene(judge, (PYTHON, "-I", "-S", "-c", APPLICATION)) as made:
        yield made


def tell(scene: Scene, order: bytes) -> bytes:
    """Tell the application something, and return what it says; nothing if it has died."""
    first = scene.first
    assert first.stdin is not None
    assert first.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        first.stdin.write(order)
        first.stdin.flush()
    return first.stdout.readline().rstrip()


def order_all_reads(scene: Scene, **orders: object) -> None:
    """Kill whoever reads the secret, the application too."""
    scene.order(f"fd.name = {scene.token}", mode=Mode.ENFORCE, **orders)


def test_the_application_reads_on_while_others_are_killed(scene: Scene) -> None:
    """Neither the first process nor its children are foreign, whoever tries beside them."""
    scene.order_reads()
    for _ in range(10):
        assert scene.python(PRINT, str(scene.token)).status == ENDED
        assert tell(scene, READ) == SECRET
        assert tell(scene, READ_IN_CHILD) == b"0"
    assert scene.counted() == {Outcome.KILLED: 10}


def test_a_first_process_is_held(scene: Scene) -> None:
    """A container isn't ended by a rule that doesn't say so; a child of its first may be."""
    order_all_reads(scene)
    assert tell(scene, READ) == SECRET
    assert scene.told() == [Outcome.HELD_FIRST]
    assert tell(scene, READ_IN_CHILD) == b"%d" % ENDED
    assert scene.counted() == {Outcome.HELD_FIRST: 1, Outcome.KILLED: 1}


def test_a_first_process_that_is_included_dies(scene: Scene) -> None:
    """A rule may say so."""
    order_all_reads(scene, includes_init=frozenset({0}))
    assert tell(scene, READ) == b""
    assert scene.first.wait(10) == ENDED
    assert scene.counted() == {Outcome.KILLED: 1}


def test_what_is_older_than_the_sensor_is_held(scene: Scene) -> None:
    """Lineage that is guessed is no ground; who comes in from now on is known."""
    with judging.judging(probes.built()) as later:
        seen = Scene(later, scene.folder, scene.token.parent, scene.first)
        order_all_reads(seen)
        assert tell(scene, READ) == SECRET
        assert tell(scene, READ_IN_CHILD) == b"0"
        assert seen.counted() == {Outcome.HELD_UNSURE: 2}
        assert seen.python(PRINT, str(seen.token)).status == ENDED
        assert seen.counted() == {Outcome.HELD_UNSURE: 2, Outcome.KILLED: 1}


@pytest.mark.parametrize(
    ("enforces_host", "outcome"),
    [
        pytest.param(False, Outcome.HELD_HOST, id="unless it is ordered"),
        pytest.param(True, Outcome.HELD_UNSURE, id="nor what is older than the sensor"),
    ],
)
def test_the_host_is_held(
    judge: Judge, scene: Scene, tmp_path: Path, enforces_host: bool, outcome: Outcome
) -> None:
    """No process outside of all containers dies."""
    (tmp_path / "file").write_bytes(SECRET)
    scene.order(f"fd.name = {tmp_path}/file", enforces_host=enforces_host)
    judge.kernel.tell_mode(0, Mode.ENFORCE)
    try:
        command = [PYTHON, "-c", PRINT, tmp_path / "file"]
        read = subprocess.check_output(command)  # noqa: S603  the lines above
    finally:
        judge.kernel.tell_mode(0, Mode.OFF)
    assert read == SECRET
    assert scene.counted() == {outcome: 1}
