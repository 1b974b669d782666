"""Scenario S1, live: a secret that is mounted for one process, and everybody else who reads it."""

import re
import time
from collections.abc import Iterator

import pytest

from support import scenario, sensor
from support.pods import Pods
from support.rootfs import USER
from support.scenario import Application
from support.sensor import Sensor

pytestmark = pytest.mark.containers

CREDENTIAL = "/mnt/secrets/db-password"
READ = "Vault secret read"
NANOSECONDS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
QUIET_SECONDS = 30
SETTLING_SECONDS = 1


@pytest.fixture(scope="module")
def application(pods: Pods) -> Iterator[Application]:
    """One application for all rows; its pod is older than Shikra in half of the tests."""
    with scenario.running(pods) as application:
        yield application


@pytest.fixture(scope="module")
def shikra(pods: Pods, application: Application) -> Iterator[Sensor]:  # noqa: ARG001  starts before Shikra does
    """Shikra with its default packs."""
    with sensor.running(pods.engine.socket) as running:
        yield running


def python(code: str) -> tuple[str, ...]:
    """Return the command that runs this code."""
    return ("python3", "-c", code)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        pytest.param(("cat", CREDENTIAL), "cat", id="cat"),
        pytest.param(("head", CREDENTIAL), "head", id="head"),
        pytest.param(("tail", CREDENTIAL), "tail", id="tail"),
        pytest.param(("dd", f"if={CREDENTIAL}"), "dd", id="dd"),
        pytest.param(("awk", "{print}", CREDENTIAL), "awk", id="awk"),
        pytest.param(("sed", "", CREDENTIAL), "sed", id="sed"),
        pytest.param(("cp", CREDENTIAL, "/srv/copy"), "cp", id="cp"),
        pytest.param(("base64", CREDENTIAL), "base64", id="base64"),
        pytest.param(("sh", "-c", f"cat {CREDENTIAL}; true"), "cat", id="sh -c cat"),
        pytest.param(("bash", "-c", f"echo $(<{CREDENTIAL})"), "bash", id="bash's own reading"),
        pytest.param(python(f"print(open('{CREDENTIAL}').read())"), "python3", id="python3 -c"),
        pytest.param(("cat", "/proc/self/root/mnt/secrets/db-password"), "cat", id="by /proc"),
        pytest.param(
            ("sh", "-c", "cd /mnt; cat ./secrets/../secrets/db-password"), "cat", id="dots"
        ),
        pytest.param(
            python(
                "import ctypes; ctypes.CDLL(None).prctl(15, b'python', 0, 0, 0);"
                f"print(open('{CREDENTIAL}').read())"
            ),
            "python3",
            id="a process that renames itself",
        ),
        pytest.param(
            ("bash", "-c", f"exec -a python cat {CREDENTIAL}"), "cat", id="another first argument"
        ),
        pytest.param(
            (
                *("sh", "-c"),
                f"cd $(mktemp -d); echo \"open('{CREDENTIAL}')\" > app.py; exec python app.py",
            ),
            "python",
            id="the application's own command line",
        ),
    ],
)
def test_a_foreign_reader_gives_an_alert(
    application: Application, shikra: Sensor, command: tuple[str, ...], name: str
) -> None:
    """Whoever reads from an exec session is told of, with who, what, where and when."""
    before = len(shikra.of(application.container.id, READ))
    application.container.exec(*command)
    container = application.container
    found = shikra.expect(container.id, READ, {}, after=before)
    fields = found["output_fields"]
    assert found["priority"] == "Critical"
    assert NANOSECONDS.match(found["time"])
    assert fields["user.name"] == "app"
    assert fields["user.uid"] == USER
    assert fields["proc.cmdline"].split()[0] == name
    assert "db-password" in fields["fd.name"]
    assert fields["k8s.pod.name"] == "app-7c9"
    assert fields["k8s.ns.name"] == "test-dynamic"
    assert fields["container.image.repository"] == "registry.local/team/app"
    assert fields["container.image.tag"] == "1.2.3"
    assert fields["container.id"] == container.id[:12]


def test_the_alert_comes_within_a_second(application: Application, shikra: Sensor) -> None:
    """From the start of the reader to the line on standard output passes less than a second."""
    begin = time.monotonic()
    application.container.exec("head", "-c", "3", CREDENTIAL)
    shikra.expect(application.container.id, READ, {"proc.cmdline": f"head -c 3 {CREDENTIAL}"})
    assert time.monotonic() - begin < 1


def test_a_reader_that_the_application_spawned_gives_an_alert(
    application: Application, shikra: Sensor
) -> None:
    """A cat of the application's own is in its tree, but isn't its executable."""
    application.order(f"cat {CREDENTIAL}")
    found = shikra.expect(
        application.container.id,
        READ,
        {"proc.cmdline": f"cat {CREDENTIAL}", "proc.entered": False},
    )
    assert "python" in found["lineage"]
    application.order(f"sh -c 'cat < {CREDENTIAL}'")
    shikra.expect(application.container.id, READ, {"proc.exe": "sh", "proc.entered": False})


def test_a_shell_with_a_terminal_is_a_warning(application: Application, shikra: Sensor) -> None:
    """An interactive shell is told of, with its parent."""
    with application.container.terminal("sh") as terminal:
        terminal.type("echo re''ady")
        terminal.read_until(b"ready")
        found = shikra.expect(
            application.container.id, "Vault secret shell", {"proc.cmdline": "sh"}
        )
    assert found["priority"] == "Warning"
    assert found["output_fields"]["proc.pname"].startswith("containerd-shim")
    assert found["output_fields"]["proc.tty"] > 0


@pytest.mark.parametrize("tool", ["curl", "wget", "nc", "ncat", "python3"])
def test_a_tool_that_carries_away_is_critical(
    application: Application, shikra: Sensor, tool: str
) -> None:
    """Transfer tools, and a Python outside of the application's tree, are told of."""
    rule = "Vault secret exfiltration tool"
    before = len(shikra.of(application.container.id, rule))
    application.container.exec(tool, "--version")
    found = shikra.expect(application.container.id, rule, {}, after=before)
    assert tool in found["output_fields"]["proc.cmdline"]
    assert found["priority"] == "Critical"


def calling(call: str) -> tuple[str, ...]:
    """Return the command that makes one call of the C library, refused or not."""
    return python(f"import ctypes; ctypes.CDLL(None).{call}")


@pytest.mark.parametrize(
    ("command", "call"),
    [
        pytest.param(("dd", "if=/proc/1/mem", "bs=1", "count=1"), "openat", id="as a file"),
        pytest.param(calling("ptrace(16, 1, 0, 0)"), "ptrace", id="traced"),
        pytest.param(calling("ptrace(0x4206, 1, 0, 0)"), "ptrace", id="traced without a stop"),
        pytest.param(
            calling("process_vm_readv(1, 0, 0, 0, 0, 0)"), "process_vm_readv", id="read by a call"
        ),
        pytest.param(
            calling("process_vm_writev(1, 0, 0, 0, 0, 0)"), "process_vm_writev", id="written"
        ),
        pytest.param(calling("syscall(438, 5, 5, 0)"), "pidfd_getfd", id="a descriptor taken"),
    ],
)
def test_reaching_into_the_application_is_critical(
    application: Application, shikra: Sensor, command: tuple[str, ...], call: str
) -> None:
    """Whoever looks into the memory of the application is told of, granted or not."""
    application.container.exec(*command)
    told = {"proc.cmdline": " ".join(command), "evt.type": call}
    found = shikra.expect(application.container.id, "Vault secret memory read", told)
    assert found["priority"] == "Critical"


@pytest.mark.parametrize(
    ("command", "call", "second"),
    [
        pytest.param(("sh", "-c", f"echo x > {CREDENTIAL}"), "openat", None, id="opened"),
        pytest.param(("rm", "-f", CREDENTIAL), "unlinkat", None, id="removed"),
        pytest.param(
            python(f"import os; os.rename('{CREDENTIAL}', '/tmp/x')"),
            "rename",
            "/tmp/x",  # noqa: S108  in the container
            id="moved",
        ),
        pytest.param(
            python(f"import os; os.rename('/srv/app/app.py', '{CREDENTIAL}')"),
            "rename",
            CREDENTIAL,
            id="replaced",
        ),
        pytest.param(
            python(f"import os; os.link('{CREDENTIAL}', '/mnt/secrets/x')"),
            "link",
            CREDENTIAL,
            id="linked",
        ),
        pytest.param(
            python(f"import os; os.chmod('{CREDENTIAL}', 0o777)"), "chmod", None, id="chmod"
        ),
        pytest.param(
            python(f"import os; os.fchmod(os.open('{CREDENTIAL}', 0), 0o777)"),
            "fchmod",
            None,
            id="chmod of an open file",
        ),
        pytest.param(
            python(f"import os; os.chown('{CREDENTIAL}', 1, 1)"), "chown", None, id="chown"
        ),
        pytest.param(
            python(f"import os; os.truncate('{CREDENTIAL}', 0)"), "truncate", None, id="cut"
        ),
        pytest.param(
            python(f"import os; os.setxattr('{CREDENTIAL}', 'user.x', b'')"),
            "setxattr",
            None,
            id="given an attribute",
        ),
        pytest.param(
            calling("mount(b'none', b'/mnt/secrets', b'tmpfs', 0, 0)"),
            "mount",
            "/mnt/secrets",
            id="mounted over",
        ),
        pytest.param(calling("umount2(b'/mnt/secrets', 2)"), "umount2", None, id="unmounted"),
        pytest.param(
            python("import os; os.mkdir('/mnt/secrets/x')"), "mkdir", None, id="a directory made"
        ),
    ],
)
def test_changing_a_secret_is_critical_though_it_fails(
    application: Application,
    shikra: Sensor,
    command: tuple[str, ...],
    call: str,
    second: str | None,
) -> None:
    """A read-only mount refuses each change; the attempt is told of all the same."""
    application.container.exec(*command)
    told = {"proc.cmdline": " ".join(command), "evt.type": call, "fs.path.target": second}
    found = shikra.expect(application.container.id, "Vault secret tampering", told)
    assert found["priority"] == "Critical"
    assert found["output_fields"]["evt.res"] != "SUCCESS"


@pytest.mark.parametrize(
    "is_older", [True, False], ids=["older than Shikra", "younger than Shikra"]
)
def test_the_application_itself_is_silent(pods: Pods, shikra: Sensor, *, is_older: bool) -> None:
    """Its workers and its daemon read through rotations for half a minute, and nobody is told."""
    with scenario.running(pods) as application:
        container = application.container.id
        if is_older:
            with sensor.running(pods.engine.socket) as younger:
                rotate_for(application, QUIET_SECONDS)
                assert younger.of(container) == []
        else:
            rotate_for(application, QUIET_SECONDS)
        assert shikra.of(container) == []
        assert application.misses() == []
        application.container.exec("cat", CREDENTIAL)
        shikra.expect(container, READ, {"proc.cmdline": f"cat {CREDENTIAL}"})


def rotate_for(application: Application, seconds: float) -> None:
    """Rotate the credential again and again while the application reads it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        application.secret.rotate()
        application.wait_for_reads(10)
    time.sleep(SETTLING_SECONDS)  # nothing tells that no alert is on its way
