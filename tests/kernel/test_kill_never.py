"""Who is let be, whatever is ordered: it is held, and counted with its reason."""

import contextlib
import shutil
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

TOLD_ENDED = 128 - ENDED  # as a shell tells it
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


@contextlib.contextmanager
def on_host(judge: Judge) -> Iterator[None]:
    """Let orders hold on the host, too, for as long as the block lasts."""
    judge.kernel.tell_mode(0, Mode.ENFORCE)
    try:
        yield
    finally:
        judge.kernel.tell_mode(0, Mode.OFF)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a program of this test's alone, which prints a file."""
    return Path(shutil.copy("/bin/cat", tmp_path / "print"))


OLDER = "while read f; do read line < $f; (read line < $f); done"
BY_ANOTHER = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
"""Before a command: it isn't this process that starts it, which stands for Shikra."""


def ran(*command: object) -> tuple[int, bytes]:
    """Run a program on the host; return how it ended and what it printed."""
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True)  # noqa: S603
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("name", "asks", "outcome"),
    [
        pytest.param("print", "evt.type exists", Outcome.KILLED, id="of nobody"),
        pytest.param(
            "print", killing.FOREIGN, Outcome.HELD_UNSURE, id="its creators are asked for"
        ),
        pytest.param("kubelet", "evt.type exists", Outcome.HELD_SPARED, id="who keeps the node"),
        pytest.param("runc", "evt.type exists", Outcome.HELD_RUNTIME, id="a runtime's helper"),
    ],
)
def test_the_host_is_enforced_on_where_it_is_ordered(
    scene: Scene, program: Path, name: str, asks: str, outcome: Outcome
) -> None:
    """Everybody there descends from who is older than the sensor: that holds what asks for it."""
    named = program.rename(program.with_name(name))
    secret = program.with_name("file")
    secret.write_bytes(SECRET)
    scene.order(f"fd.name = {secret} and {asks}", enforces_host=True)
    with on_host(scene.judge):
        ended = ran(*BY_ANOTHER, named, secret)
    assert ended == ((TOLD_ENDED, b"") if outcome is Outcome.KILLED else (0, SECRET))
    assert scene.counted() == {outcome: 1}


def test_what_shikra_starts_is_spared(scene: Scene, program: Path) -> None:
    """Its guard doesn't die of its own rules."""
    scene.order(f"fd.name = {program}", enforces_host=True)
    with on_host(scene.judge):
        assert ran(program, program)[0] == 0
    assert scene.counted() == {Outcome.HELD_SPARED: 1}


def test_the_host_is_held_unless_it_is_ordered(scene: Scene, program: Path) -> None:
    """No process outside of all containers dies by itself."""
    scene.order(f"fd.name = {program}")
    with on_host(scene.judge):
        assert ran(program, program)[0] == 0
    assert scene.counted() == {Outcome.HELD_HOST: 1}


def test_what_is_older_than_the_sensor_is_held(scene: Scene, program: Path) -> None:
    """Lineage that is guessed is no ground, nor what nobody saw start; what comes now is known."""
    with (
        subprocess.Popen(  # noqa: S603  the lines above
            [*BY_ANOTHER, "/bin/sh", "-c", OLDER],
            stdin=subprocess.PIPE,
        ) as older,
        judging.judging(probes.built()) as later,
    ):
        seen = Scene(later, scene.folder, scene.token.parent, scene.first)
        order_all_reads(seen)
        assert tell(scene, READ) == SECRET
        assert tell(scene, READ_IN_CHILD) == b"0"
        assert seen.counted() == {Outcome.HELD_UNSURE: 2}
        assert seen.python(PRINT, str(seen.token)).status == ENDED
        assert seen.counted() == {Outcome.HELD_UNSURE: 2, Outcome.KILLED: 1}
        seen.order(f"fd.name = {program}", enforces_host=True)
        with on_host(later):
            older.communicate(b"%s\n" % str(program).encode())
        assert older.returncode == 0
        assert seen.counted() == {Outcome.HELD_UNSURE: 2}
