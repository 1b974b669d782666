"""Containers that are older than the sensor are found, and who is in them is placed."""

import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shikra.model import clock
from shikra.model.event import Event
from shikra.sources.kernel import source
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted
from shikra.sources.kernel.readers import READERS
from support import runc
from support.pods import Pods, Spec
from support.waiting import until

pytestmark = pytest.mark.containers
PATIENCE_S = 10
READING = "while /bin/cat /proc/uptime; do sleep 0.1; done"


class Sensor:
    """A source that was started when its containers already ran."""

    def __init__(self, kernel: source.KernelSource) -> None:
        """Watch executions and opens, and keep what was told of containers."""
        self.kernel = kernel
        self.events: list[Event] = []
        self.told: list[ContainerStarted | ContainerEnded] = []
        kernel.watch(frozenset({"openat", "open", "execve"}))

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Return the first event that is wanted, of all since the start."""
        deadline = time.monotonic() + PATIENCE_S
        seen = 0
        while time.monotonic() < deadline:
            for event in self.events[seen:]:
                if wanted(event):
                    return event
            seen = len(self.events)
            self.look()
        pytest.fail("the event didn't come")

    def look(self) -> None:
        """Keep what is there."""
        select.select([self.kernel.fileno()], [], [], 0.1)
        for item in self.kernel.drain(8192):
            if isinstance(item, Event):
                self.events.append(item)
            else:
                self.told.append(item)

    def started(self, name: str) -> ContainerStarted:
        """Return what was told of the container with this name."""
        self.look()
        return next(
            each
            for each in self.told
            if isinstance(each, ContainerStarted) and each.cgroup_name == name.encode()
        )


def reads(key: int) -> Callable[[Event], bool]:
    """Want a read of that file in this container."""
    return lambda event: event.data.container == key and event.path == b"/proc/uptime"


@pytest.fixture(scope="module")
def old(pods: Pods) -> Iterator[runc.Bare]:
    """Return a container whose application's child reads a file again and again."""
    with runc.running(pods.engine, "sh", "-c", f"({READING}) & exec sleep 1000") as container:
        yield container


@pytest.fixture(scope="module")
def session(pods: Pods, old: runc.Bare) -> Iterator[int]:
    """Return the pid of a shell that entered it."""
    line = ["runc", "--root", str(pods.engine.home / "runc"), "exec", old.id]
    with subprocess.Popen(  # noqa: S603  our own
        [*line, "sh", "-c", "echo in; while /usr/bin/head -n 1 /proc/uptime; do sleep 0.1; done"],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        yield process.pid
        process.kill()


@pytest.fixture(scope="module")
def pod_container(pods: Pods) -> Iterator[str]:
    """Return the id of a container of a pod, and leave it running."""
    with pods.pod("older-than-the-sensor") as pod:
        yield pod.run(Spec(image=pods.engine.busybox_image())).id


@pytest.fixture(scope="module")
def sensor(
    probe_object: Path, old: runc.Bare, session: int, pod_container: str
) -> Iterator[Sensor]:
    """Return a sensor that started after all of these."""
    assert old.pid
    assert session
    assert pod_container
    settings = source.Settings(probe_object=probe_object)
    with source.KernelSource.open(settings, clock.SystemClock(), READERS) as opened:
        yield Sensor(opened)


def test_an_older_container_is_found(sensor: Sensor, old: runc.Bare) -> None:
    """A container that ran before is told with its first process, and as a guess."""
    found = sensor.started(old.id)
    assert found.first_pid == old.pid
    assert found.is_inferred


def test_an_older_container_of_a_pod_is_found(
    sensor: Sensor, pods: Pods, pod_container: str
) -> None:
    """A pod's container is found by the name of its cgroup."""
    assert pods
    assert sensor.started(pod_container).is_inferred


def test_what_the_application_creates_is_of_its_tree(sensor: Sensor, old: runc.Bare) -> None:
    """A child of the application, forked after the sensor started, is of the first one's tree."""
    key = sensor.started(old.id).key
    event = sensor.until(lambda each: reads(key)(each) and each.fields["proc.name"] == b"cat")
    assert event.fields["proc.in_init_tree"] is True
    assert event.fields["proc.entered"] is False
    assert event.fields["proc.lineage_inferred"] is True
    lineage = event.fields["proc.lineage"]
    assert isinstance(lineage, tuple)
    assert lineage[-1] == b"sleep"


def test_an_older_session_has_entered(sensor: Sensor, old: runc.Bare, session: int) -> None:
    """What a session creates that entered before the sensor started has entered."""
    assert session
    key = sensor.started(old.id).key
    event = sensor.until(lambda each: reads(key)(each) and each.fields["proc.name"] == b"head")
    assert event.fields["proc.entered"] is True
    assert event.fields["proc.in_init_tree"] is False


def test_a_new_session_has_entered_for_sure(sensor: Sensor, old: runc.Bare) -> None:
    """A session that the sensor saw coming in isn't a guess."""
    key = sensor.started(old.id).key
    old.exec("tail", "-n", "1", "/proc/uptime")
    event = sensor.until(lambda each: reads(key)(each) and each.fields["proc.name"] == b"tail")
    assert event.fields["proc.entered"] is True
    assert event.fields["proc.lineage_inferred"] is False


def test_a_new_container_starts_and_ends(sensor: Sensor, pods: Pods) -> None:
    """A container that starts later is told when it starts and when it ends."""
    script = "/bin/cat /proc/uptime; exec sleep 1000"
    with runc.running(pods.engine, "sh", "-c", script) as container:
        found = sensor.started(container.id)
        assert (found.first_pid, found.is_inferred) == (container.pid, False)
        event = sensor.until(reads(found.key))
        assert event.fields["proc.in_init_tree"] is True
        assert event.fields["proc.lineage_inferred"] is False
        assert event.fields["proc.aname[1]"] == b"sh"

    def is_told() -> bool:
        sensor.look()
        return ContainerEnded(found.key) in sensor.told

    until(is_told, "the end of the container", PATIENCE_S)
