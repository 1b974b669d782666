"""What the kernel knows of a process and of its creators, by the rules that ask for it."""

from collections.abc import Iterator

import pytest

from support import judging, probes
from support.judging import Judge, Said

pytestmark = pytest.mark.kernel

NOTHING, MAY, SURELY = Said.NOTHING, Said.MAY, Said.SURELY
DEEPER = """
def deeper(left):
    for _ in range(left):
        if os.fork(): os.wait(); os._exit(0)
    mark()
"""
RENAME = "open('/proc/self/comm', 'w').write('renamed')\n"


@pytest.fixture(scope="module")
def old_judge() -> Iterator[Judge]:
    """Judge with what the probe does on kernels that know less of types."""
    with judging.judging(probes.built("WITHOUT_TYPES")) as made:
        yield made


IMAGE = {
    "proc.name startswith python": SURELY,
    "proc.name = nobody": NOTHING,
    "proc.exepath endswith /nobody": NOTHING,
    "proc.exe contains python": SURELY,
    "proc.args contains mark": SURELY,
    "proc.args startswith -I": SURELY,
    "proc.args startswith python": NOTHING,
    "proc.args contains '-I -S -c'": SURELY,
    "proc.args[0] = -I": SURELY,
    "proc.args[2] in (-S, -c)": SURELY,
    "proc.args[1] = -I": NOTHING,
    "proc.args[1] startswith '-S '": NOTHING,
    "proc.cmdline startswith python": SURELY,
    "proc.cmdline contains 'nobody'": NOTHING,
    "not proc.name = nobody": SURELY,
    "not proc.name startswith python": NOTHING,
}


def test_an_image_is_known_by_its_texts(judge: Judge) -> None:
    """Name, executable and arguments are those that were executed, arguments joined by blanks."""
    judging.expect(judge, "mark()", IMAGE)


def test_old_kernels_know_as_much(old_judge: Judge) -> None:
    """Where the verifier knows no types, the same is known."""
    judging.expect(old_judge, "mark()", IMAGE)


def test_a_new_name_is_no_image(judge: Judge) -> None:
    """A process that renames itself is still what it executed."""
    said = {"proc.name startswith python": SURELY, "proc.name = renamed": NOTHING}
    judging.expect(judge, RENAME + "mark()", said)


def test_creators_are_known_by_distance(judge: Judge) -> None:
    """Parent and grandparent are who created whom, each with the image that it had then."""
    source = (
        "def child(then):\n"
        "    if not os.fork(): then(); os._exit(0)\n"
        "    os.wait()\n"
        "child(lambda: child(mark))"
    )
    said = {
        "proc.pname startswith python": SURELY,
        "proc.aname[2] startswith python": SURELY,
        "proc.aname[3] = sh": SURELY,
        "proc.aname[2] = sh": NOTHING,
        "proc.aname = sh": SURELY,
        "proc.aname in (nobody)": NOTHING,
        "not proc.aname = nobody": SURELY,
        "proc.lineage intersects (sh)": SURELY,
        "proc.pcmdline contains ' -I -S'": SURELY,
    }
    judging.expect(judge, source, said, judging.BY_SHELL)


def test_a_long_chain_is_known_to_its_end(judge: Judge) -> None:
    """Forty generations below an image it is still known as a creator."""
    source = f"{DEEPER}deeper(40)"
    said = {"proc.aname = sh": SURELY, "not proc.aname = sh": NOTHING, "proc.pname = sh": NOTHING}
    judging.expect(judge, source, said, judging.BY_SHELL)


def test_a_chain_that_is_too_long_is_not_known(judge: Judge) -> None:
    """Beyond what user space follows nobody is sure who is no creator."""
    source = "for _ in range(300):\n    if os.fork(): os.wait(); os._exit(0)\nmark()"
    said = {"not proc.aname = nobody": MAY, "not proc.pname = nobody": SURELY}
    judging.expect(judge, source, said)


def test_adoption_changes_no_creator(judge: Judge) -> None:
    """An orphan's creators are who created it, whoever its parent is now."""
    source = (
        "import ctypes\n"
        "ctypes.CDLL(None).prctl(36, 1)\n"  # adopts orphans
        "if not os.fork():\n"
        "    middle = os.getpid()\n"
        "    if os.fork(): os.execv('/bin/sleep', ['sleep', '0'])\n"
        "    while os.getppid() == middle: pass\n"
        "    mark(); os._exit(0)\n"
        "os.wait(); os.wait()"
    )
    said = {"proc.pname startswith python": SURELY, "proc.aname = sleep": NOTHING}
    judging.expect(judge, source, said)


def test_an_exec_by_another_thread_is_the_process(judge: Judge) -> None:
    """When a thread that isn't the leader executes a file, that is the process's image."""
    source = (
        "import threading, time\n"
        f"line = ['cat', '{judging.MARK}/x']\n"
        f"threading.Thread(target=os.execv, args=('/bin/cat', line)).start()\n"
        "time.sleep(30)"
    )
    said = {"proc.name = cat": SURELY, "proc.args endswith /x": SURELY, "proc.pname = sh": SURELY}
    judging.expect(judge, source, said, judging.BY_SHELL)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param("'python', code, *['y' * 100] * 60", MAY, id="too long"),
        pytest.param("'y' * 300, code", MAY, id="a first one that is too long"),
        pytest.param("'python', code, *['y' * 100] * 10", NOTHING, id="long"),
    ],
)
def test_a_command_line_that_is_cut_is_not_known(judge: Judge, arguments: str, said: Said) -> None:
    """What wasn't kept may hold anything."""
    source = (
        "import sys\n"
        f"code = '-cimport os, contextlib\\nwith contextlib.suppress(OSError):"
        f' os.open("{judging.MARK}/x", 0)\'\n'
        f"os.execv(sys.executable, [{arguments}])"
    )
    judging.expect(
        judge, source, {"proc.args contains needle": said, "proc.name = nobody": NOTHING}
    )


def test_a_process_that_is_older_than_the_tables_is_known(judge: Judge) -> None:
    """What was executed under other tables is told by user space, which kept the texts."""
    judge.load("proc.name = nobody")
    with judge.waiting("mark()") as go:
        said = {
            "proc.name startswith python": SURELY,
            "proc.name = nobody": NOTHING,
            "proc.args contains mark": SURELY,
            "proc.aname = nobody": NOTHING,
        }
        judge.load(*said)
        go()
    ((_, found),) = judge.verdicts()
    assert dict(zip(said, found, strict=True)) == said
