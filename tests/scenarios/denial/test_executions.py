"""Programs on a volume that may not be executed: each way is tried for real in a container."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import marks, program, sensor, tmpfs
from support.guarding import guard_of
from support.pods import Bind, Container, Output, Pods, Spec
from support.rootfs import BUSYBOX
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign tool"
TOOLS = "/mnt/tools"
ECHO = f"{TOOLS}/echo"
RULES = f"""
- rule: {RULE}
  desc: A program on a volume is executed by something other than the application.
  condition: >
    evt.type in (execve, execveat) and container.id != host
    and proc.exepath startswith {TOOLS}/ and not proc.in_init_tree = true
  output: Foreign tool (container=%container.id program=%proc.exepath parent=%proc.pname)
  priority: CRITICAL
  enforce: deny
"""
RAN, REFUSED = b"it ran\n", b"Operation not permitted"
APPLICATION = f"""
import subprocess, time
while True:
    subprocess.run(["{ECHO}", "it ran"], check=True, stdout=subprocess.DEVNULL)
    time.sleep(0.1)
"""
TRY = f"""
import ctypes, os, threading
libc = ctypes.CDLL(None, use_errno=True)
arguments = ["echo", "it ran"]
def mount(source, target, flags):
    if libc.mount(source.encode(), target.encode(), b"none", flags, None):
        raise OSError(ctypes.get_errno(), "mount")
LOADER = b"/lib64/ld-linux-x86-64.so.2"
def copy(to, of="{ECHO}"):
    with open(of, "rb") as file, open(to, "wb") as copied: copied.write(file.read())
    os.chmod(to, 0o755)
def script(at, interpreter):
    with open(at, "w") as file: file.write("#!" + interpreter + "\\necho it ran\\n")
    os.chmod(at, 0o755)
    return at
def alone():
    libc.unshare(0x20000)
    mount("none", "/", 0x44000)
"""
REFUSALS = {
    "plainly": f"os.execv('{ECHO}', arguments)",
    "through a link": f"os.symlink('{ECHO}', '/srv/link'); os.execv('/srv/link', arguments)",
    "through a directory's link": (
        f"os.symlink('{TOOLS}', '/srv/to'); os.execv('/srv/to/echo', arguments)"
    ),
    "from its directory": f"os.chdir('{TOOLS}'); os.execv('echo', arguments)",
    "by a descriptor": f"os.execve(os.open('{ECHO}', os.O_PATH), arguments, {{}})",
    "by /proc": f"os.execv('/proc/self/root{ECHO}', arguments)",
    "by a hard link": f"os.link('{ECHO}', '{TOOLS}/other'); os.execv('{TOOLS}/other', arguments)",
    "moved on the volume": (
        f"copy('{TOOLS}/c'); os.rename('{TOOLS}/c', '{TOOLS}/m'); os.execv('{TOOLS}/m', arguments)"
    ),
    "unlinked": (
        f"copy('{TOOLS}/gone'); gone = os.open('{TOOLS}/gone', os.O_PATH);"
        f" os.unlink('{TOOLS}/gone'); os.execve(gone, arguments, {{}})"
    ),
    "as an interpreter": f"os.execv(script('/srv/script', '{ECHO} it ran'), ['script'])",
    "as another program's loader": (
        f"loader = b'{ECHO}'.ljust(len(LOADER), bytes(1)); copy('/srv/loaded', '/proc/self/exe');"
        " program = open('/srv/loaded', 'rb').read().replace(LOADER, loader);"
        " open('/srv/loaded', 'wb').write(program); os.execv('/srv/loaded', arguments)"
    ),
    "in another mount namespace": f"alone(); os.execv('{ECHO}', arguments)",
    "by a child of a pid namespace": (
        f"libc.unshare(0x20000000); child = os.fork(); child or os.execv('{ECHO}', arguments);"
        " os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    ),
    "from a thread": (
        f"threading.Thread(target=os.execv, args=('{ECHO}', arguments)).start();"
        " import time; time.sleep(1); os._exit(1)"
    ),
}
"""Ways by which the process would become a program of the volume."""

RUNS = {
    "a script on the volume": f"os.execv(script('{TOOLS}/script', '/bin/sh'), ['script'])",
    "a copy elsewhere": "copy('/srv/copy'); os.execv('/srv/copy', arguments)",
    "mounted elsewhere": (
        f"open('/srv/mounted', 'w').close(); alone(); mount('{ECHO}', '/srv/mounted', 0x1000);"
        " os.execv('/srv/mounted', arguments)"
    ),
    "in memory": (
        f"memory = os.memfd_create('echo'); os.write(memory, open('{ECHO}', 'rb').read());"
        " os.execve(memory, arguments, {})"
    ),
}
"""Ways by which it becomes something else, of which no rule on the volume alerts either."""


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where Shikra is told what to do."""
    return tmp_path_factory.mktemp("executions") / "control.sock"


@pytest.fixture(scope="module")
def denying(pods: Pods, control: Path) -> Iterator[Sensor]:
    """Run Shikra with the rule, enforced in this test's containers alone."""
    path = control.with_name("rules.yaml")
    path.write_text(RULES)
    enforce = {"mode": "enforce", "only_cgroup": pods.engine.cgroup, "brake": {"pods": 1000}}
    settings = {"control_socket": str(control), "enforce": enforce}
    with sensor.running(pods.engine.socket, "-r", str(path), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def place(pods: Pods, denying: Sensor) -> Iterator[Container]:
    """Run an application that executes its tool all the time, on a volume that is guarded."""
    with tmpfs.mounted() as volume, pods.pod("tools") as pod:
        shutil.copy(BUSYBOX, volume / "echo")
        spec = Spec(
            image=pods.engine.python_image(),
            name="tools",
            command=("python3", "-c", APPLICATION),
            is_privileged=True,
            mounts=(Bind(source=volume, destination=TOOLS, is_writable=True),),
        )
        container = pod.run(spec)
        until(
            lambda: volume.stat().st_dev in marks.of(guard_of(denying.pid)),
            "the volume to be guarded",
        )
        yield container


def execute(place: Container, attempt: str) -> Output:
    """Execute a program from a session in the container."""
    return place.exec("python3", "-c", TRY + attempt)


def told(place: Container, denying: Sensor) -> list[dict[str, object]]:
    """Return the alerts so far."""
    return denying.of(place.id, RULE)


def set_mode(control: Path, mode: str) -> None:
    """Have the rule do so from now on."""
    done = program.shikra("enforce", "set", mode, "--rule", RULE, "--socket", str(control))
    assert done.returncode == 0, done.stderr


def counted(denying: Sensor, action: str = "denied") -> int:
    """Return of how many executions the metrics say so."""
    figures = denying.metrics("shikra_enforced_total")
    return int(sum(n for name, n in figures.items() if f'action="{action}"' in name))


@pytest.mark.parametrize("attempt", [pytest.param(text, id=way) for way, text in REFUSALS.items()])
def test_no_way_to_execute_a_program_of_the_volume_runs_it(
    place: Container, denying: Sensor, attempt: str
) -> None:
    """However it is come to, it doesn't run, and one alert says what was refused, and by whom."""
    before = len(told(place, denying))
    done = execute(place, attempt)
    assert RAN not in done.stdout, done
    assert REFUSED in done.stderr, done.stderr.decode()
    (alert,) = until(lambda: told(place, denying)[before:], "an alert")
    assert (alert["action"], alert["mechanism"]) == ("denied", "fanotify")
    assert f"program={TOOLS}/" in str(alert["output"])


@pytest.mark.parametrize("attempt", [pytest.param(text, id=way) for way, text in RUNS.items()])
def test_what_the_rule_is_not_about_runs_and_is_not_told(
    place: Container, denying: Sensor, attempt: str
) -> None:
    """Who refuses and who alerts agree about what a process becomes."""
    before = len(told(place, denying))
    done = execute(place, attempt)
    assert done.stdout == RAN, done.stderr.decode()
    execute(place, REFUSALS["plainly"])
    assert len(until(lambda: told(place, denying)[before:], "the refused one to be told")) == 1


def test_the_application_executes_its_tool(place: Container, denying: Sensor) -> None:
    """It is let by the same rule, whatever is refused to others; it would have ended else."""
    execute(place, REFUSALS["plainly"])
    assert Path(f"/proc/{place.pid}/comm").read_text() == "python3\n"
    assert all(alert["action"] != "held" for alert in told(place, denying))


def test_a_sessions_first_program_is_held(place: Container, denying: Sensor) -> None:
    """Who becomes it isn't in the container for sure yet: it runs, and the alert says so."""
    before, held = len(told(place, denying)), counted(denying, "held")
    assert place.exec(ECHO, "it ran").stdout == RAN
    (alert,) = until(lambda: told(place, denying)[before:], "an alert")
    assert alert["action"] == "held"
    until(lambda: counted(denying, "held") == held + 1, "it to be counted")


def test_each_of_many_is_refused_and_counted(place: Container, denying: Sensor) -> None:
    """Of 300 in a row none runs, and the metrics say 300."""
    before = counted(denying)
    many = f"""
for _ in range(300):
    child = os.fork()
    if child == 0:
        try: os.execv("{ECHO}", arguments)
        except PermissionError: os._exit(7)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 7: raise SystemExit("not refused")
"""
    done = execute(place, many)
    assert (done.exit_code, done.stdout) == (0, b""), done.stderr.decode()
    until(lambda: counted(denying) == before + 300, "all to be counted")


def test_what_is_observed_runs_and_would_be_denied(
    place: Container, denying: Sensor, control: Path
) -> None:
    """The alert says so; nobody refuses, and from the next order on somebody does again."""
    set_mode(control, "observe")
    try:
        before = len(told(place, denying))
        assert execute(place, REFUSALS["plainly"]).stdout == RAN
        (alert,) = until(lambda: told(place, denying)[before:], "an alert")
        assert (alert["action"], alert["mechanism"]) == ("would_deny", "fanotify")
    finally:
        set_mode(control, "enforce")
    volume = Path(f"/proc/{place.pid}/root{TOOLS}")
    until(
        lambda: volume.stat().st_dev in marks.of(guard_of(denying.pid)),
        "the volume to be guarded again",
    )
    assert REFUSED in execute(place, REFUSALS["plainly"]).stderr
