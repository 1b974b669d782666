"""An execution that surely matches is refused by the kernel before the new program runs."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.enforcement import Mode
from shikra.model.event import Event
from shikra.model.verdict import Outcome
from support import killing
from support.judging import Judge
from support.killing import Scene

pytestmark = pytest.mark.kernel

EXECUTES = "evt.type in (execve, execveat)"
PRINTF, ECHO = "/usr/bin/printf", "/usr/bin/echo"
DENIED, RAN = b"", b"it ran"
TRY = """
import ctypes, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
AT_EMPTY_PATH, AT_FDCWD, SYS_execveat = 0x1000, -100, 322
program, folder = sys.argv[1:]
arguments = [program, "it ran"]
def execveat(descriptor, name, flags):
    argv = (ctypes.c_char_p * 3)(*map(os.fsencode, arguments), None)
    libc.syscall(SYS_execveat, descriptor, name.encode(), argv, None, flags)
    raise OSError(ctypes.get_errno(), "")
def tried():
    try: attempt()
    except OSError as error: os._exit(error.errno)
"""
ONCE = """
child = os.fork()
if child == 0: tried()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
OFTEN = """
ended = set()
for _ in range(200):
    child = os.fork()
    if child == 0: tried()
    ended.add(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(ended)
"""
PLAIN = "def attempt(): os.execv(program, arguments)"
WAYS = {
    "plainly": PLAIN,
    "from a directory": """
def attempt(): execveat(os.open("/usr/bin", os.O_PATH), os.path.basename(program), 0)
""",
    "by a descriptor": """
def attempt(): execveat(os.open(program, os.O_PATH), "", AT_EMPTY_PATH)
""",
    "by /proc": """
def attempt(): os.execv("/proc/self/root" + program, arguments)
""",
    "through a link": """
def attempt():
    os.symlink(program, folder + "/link")
    os.execv(folder + "/link", arguments)
""",
    "from another thread": """
def attempt():
    threading.Thread(target=tried_plainly).start()
    threading.Event().wait(30)
def tried_plainly():
    try: os.execv(program, arguments)
    except OSError as error: os._exit(error.errno)
""",
}
MOUNTED = """
def attempt():
    if libc.unshare(0x20000): raise OSError(ctypes.get_errno(), "unshare")
    open(folder + "/mounted", "w").close()
    if libc.mount(program.encode(), (folder + "/mounted").encode(), None, 0x1000, None):
        raise OSError(ctypes.get_errno(), "mount")
    os.execv(folder + "/mounted", arguments)
"""
COPIED = """
def attempt():
    with open(program, "rb") as file, open(folder + "/copy", "wb") as copy: copy.write(file.read())
    os.chmod(folder + "/copy", 0o755)
    os.execv(folder + "/copy", arguments)
"""
SCRIPT = """
def attempt():
    with open(folder + "/script", "w") as script: script.write("#!" + program + "\\n")
    os.chmod(folder + "/script", 0o755)
    os.execv(folder + "/script", ["script", "it ran"])
"""
IN_MEMORY = """
def attempt():
    memory = os.memfd_create("tool")
    with open(program, "rb") as file: os.write(memory, file.read())
    execveat(memory, "", AT_EMPTY_PATH)
"""


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container."""
    if not judge.kernel.can_deny:
        pytest.skip("this kernel lets nobody refuse a call by BPF (no bpf among its modules)")
    with killing.scene(judge) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that may be written to from within."""
    return tmp_path


def deny(scene: Scene, condition: str, mode: Mode = Mode.ENFORCE) -> None:
    """Refuse executions in the container that meet this condition."""
    scene.order(condition, on=EXECUTES, mode=mode, kill=frozenset(), deny=frozenset({0}))


def execute(scene: Scene, attempt: str, folder: Path, program: str = PRINTF) -> killing.Ended:
    """Execute a program from outside of the application."""
    return scene.python(f"{TRY}{attempt}{ONCE}", program, str(folder))


def refusals(scene: Scene) -> list[Event]:
    """Return what was told of executions that were refused."""
    told = ((each, each.verdict) for each in scene.events())
    return [each for each, verdict in told if verdict and verdict.outcome is Outcome.DENIED]


@pytest.mark.parametrize("attempt", [pytest.param(text, id=way) for way, text in WAYS.items()])
def test_no_way_to_execute_a_file_runs_it(scene: Scene, folder: Path, attempt: str) -> None:
    """However a program is come to, it doesn't run, and its caller lives on to hear why."""
    deny(scene, f"proc.exepath = {PRINTF} and {killing.FOREIGN}")
    assert execute(scene, attempt, folder) == killing.Ended(errno.EPERM, DENIED)
    assert scene.counted()[Outcome.DENIED] == 1
    (refused,) = refusals(scene)
    assert refused.fields["proc.exepath"] == PRINTF.encode()
    assert refused.fields["evt.rawres"] == -errno.EPERM
    assert execute(scene, attempt.replace("/link", "/other"), folder, ECHO).output == RAN + b"\n"


def test_it_is_told_of_the_program_that_would_have_run(scene: Scene, folder: Path) -> None:
    """Name and path are the program's, what created it is its caller's."""
    deny(scene, "proc.name = printf and proc.pname startswith python")
    assert execute(scene, PLAIN, folder).output == DENIED
    (refused,) = refusals(scene)
    assert (refused.type, refused.fields["proc.name"]) == ("execve", b"printf")
    assert refused.fields["proc.pname"].startswith(b"python")
    assert refused.fields["proc.entered"] is True


@pytest.mark.parametrize(
    ("condition", "attempt"),
    [
        pytest.param("proc.name = script", SCRIPT, id="a script by its name"),
        pytest.param(f"proc.exepath = {PRINTF}", SCRIPT, id="a script by its interpreter"),
        pytest.param('proc.exepath startswith "memfd:"', IN_MEMORY, id="from memory by its name"),
        pytest.param("proc.is_exe_from_memfd = true", IN_MEMORY, id="from memory"),
        pytest.param("proc.entered = true", PLAIN, id="any by who has entered"),
        pytest.param("user.uid = 0 and proc.is_exe_writable = true", COPIED, id="by who may write"),
        pytest.param("thread.cap_effective contains SYS_ADMIN", PLAIN, id="by capabilities"),
    ],
)
def test_what_killing_would_end_is_refused(
    scene: Scene, folder: Path, condition: str, attempt: str
) -> None:
    """The same rule that would end the new program refuses it."""
    of_child = f"{condition} and proc.aname[2] startswith python"
    scene.order(of_child, on=EXECUTES)
    assert execute(scene, attempt, folder).output == DENIED
    assert scene.counted()[Outcome.KILLED] == 1
    for made in folder.iterdir():
        made.unlink()
    deny(scene, of_child)
    assert execute(scene, attempt, folder) == killing.Ended(errno.EPERM, DENIED)


@pytest.mark.parametrize(
    ("condition", "attempt"),
    [
        pytest.param("proc.exepath endswith /script", SCRIPT, id="a script is no executable"),
        pytest.param("proc.name = printf", SCRIPT, id="nor is its interpreter's name its own"),
        pytest.param("proc.name startswith python", PLAIN, id="who executes it"),
        pytest.param("proc.entered = false", PLAIN, id="who hasn't entered"),
        pytest.param("proc.exe_is_init = true", PLAIN, id="the first one's program"),
        pytest.param("user.uid = 1", PLAIN, id="another user"),
        pytest.param(f"proc.exepath = {PRINTF}", MOUNTED, id="it is mounted elsewhere, too"),
        pytest.param(f"proc.exepath = {PRINTF}", COPIED, id="it is a copy"),
    ],
)
def test_what_killing_would_let_be_runs(
    scene: Scene, folder: Path, condition: str, attempt: str
) -> None:
    """A rule that the new program doesn't meet refuses it nowhere."""
    deny(scene, f"{condition} and proc.aname[2] startswith python")
    ended = execute(scene, attempt, folder)
    assert RAN in ended.output or b"script" in ended.output
    assert scene.counted()[Outcome.DENIED] == 0


def test_who_comes_in_is_refused_its_first_program(scene: Scene) -> None:
    """What is executed to enter is judged as in the container, where it would be."""
    deny(scene, "proc.entered = true and proc.name = nsenter")  # a shell outside executes it
    ended = scene.run(PRINTF, "it ran")
    assert ended.status == 126
    assert b"not permitted" in ended.output
    assert refusals(scene)  # told of in the container; the shell looks in several folders


def test_none_of_many_runs(scene: Scene, folder: Path) -> None:
    """Each of 200 executions in a row is refused and counted."""
    deny(scene, f"proc.exepath = {PRINTF}")
    ended = scene.python(f"{TRY}{PLAIN}{OFTEN}", PRINTF, str(folder))
    assert ended.output == f"{{{errno.EPERM}}}\n".encode()
    assert scene.counted()[Outcome.DENIED] == 200


def test_an_observed_container_is_let_be(scene: Scene, folder: Path) -> None:
    """Only where both rule and container enforce is anything refused."""
    deny(scene, "proc.name = printf", Mode.OBSERVE)
    assert execute(scene, PLAIN, folder).output == RAN


def test_orders_without_denial_let_execute_again(scene: Scene, folder: Path) -> None:
    """What is ordered no more isn't refused any more."""
    deny(scene, "proc.name = printf")
    assert execute(scene, PLAIN, folder).output == DENIED
    scene.judge.kernel.enforce(killing.Orders())
    assert execute(scene, PLAIN, folder).output == RAN
