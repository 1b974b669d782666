"""The containers that other tests stand on are real, and go when they should."""

import contextlib
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from support import rootfs, runc
from support.containerd import GATEWAY, Containerd
from support.pods import Bind, Pods, Spec
from support.scenario import Application
from support.waiting import until

pytestmark = pytest.mark.containers


def test_a_pod_runs_commands(pods: Pods, tmp_path: Path) -> None:
    """A container has its command, user, environment and mounts, and runs what it is told."""
    (tmp_path / "note").write_text("hello")
    tmp_path.chmod(0o755)
    spec = Spec(
        image=pods.engine.busybox_image(),
        user=1234,
        environment={"GREETING": "good morning"},
        mounts=(Bind(source=tmp_path, destination="/notes"),),
    )
    with pods.pod("plain", labels={"tier": "one"}) as pod:
        container = pod.run(spec)
        told = container.exec("sh", "-c", "id -u; echo $GREETING; cat /notes/note; exit 3")
        assert (told.exit_code, told.stdout) == (3, b"1234\ngood morning\nhello")
        assert container.exec("touch", "/notes/other").exit_code == 1
        assert f"/pod{pod.uid}/{container.id}" in Path(f"/proc/{container.pid}/cgroup").read_text()


def test_a_terminal_is_a_terminal(pods: Pods) -> None:
    """A shell that is started with a terminal has one."""
    with pods.pod("shell") as pod:
        container = pod.run(Spec(image=pods.engine.python_image()))
        with container.terminal("bash") as terminal:
            terminal.type("test -t 0 && echo it is $((40 + 2))")
            terminal.read_until(b"it is 42")


def test_the_image_has_the_tools(pods: Pods) -> None:
    """The python image has python, and every tool that the scenarios use."""
    wanted = (*rootfs.TOOLS, "python", "python3")
    with pods.pod("tools") as pod:
        container = pod.run(Spec(image=pods.engine.python_image()))
        told = container.exec("sh", "-c", f"for t in {' '.join(wanted)}; do command -v $t; done")
        assert [Path(line).name for line in told.stdout.decode().split()] == list(wanted)
        assert container.exec("python", "-c", "import asyncio, ctypes, ssl").exit_code == 0


def test_the_application_reads_through_rotations(application: Application) -> None:
    """The application of S1 reads on while its credential is swapped, and can be tricked."""
    for _ in range(5):
        application.secret.rotate()
        application.wait_for_reads(4)
    application.order("cat /mnt/secrets/db-password")
    told = application.container.exec("cat", "/mnt/secrets/db-password")
    assert told.stdout.decode() == application.secret.password
    assert application.misses() == []


def test_a_pod_reaches_a_server_in_its_network(pods: Pods) -> None:
    """A pod can connect to a program of the test's, and to nothing outside."""
    listen = "import socket; s = socket.create_server(('', 8080)); print(1, flush=True); s.accept()"
    with pods.pod("client") as pod:
        container = pod.run(Spec(image=pods.engine.busybox_image()))
        with pods.engine.in_network(sys.executable, "-c", listen) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b"1\n"
            assert container.exec("nc", "-w", "2", GATEWAY, "8080").exit_code == 0
        assert container.exec("nc", "-w", "1", "198.51.100.1", "80").exit_code == 1


def test_a_bare_container_runs(pods: Pods) -> None:
    """A container of plain runc has its own cgroup and runs commands."""
    with runc.running(pods.engine) as bare:
        assert bare.exec("echo", "here").stdout == b"here\n"
        assert f"/{bare.id}\n" in Path(f"/proc/{bare.pid}/cgroup").read_text()


def test_nothing_is_left_behind() -> None:
    """An engine that is closed with a pod still running leaves no process, mount or cgroup."""
    engine = Containerd()
    pods = Pods(engine)
    with contextlib.suppress(grpc.RpcError), pods.pod("left") as pod:
        container = pod.run(Spec(image=engine.busybox_image()))
        engine.close()
    pods.close()
    until(lambda: _is_over(container.pid), "the container's process to end")
    assert engine.home.name not in Path("/proc/self/mountinfo").read_text()
    assert not list(Path("/sys/fs/cgroup").glob(f"*/{engine.home.name}"))
    assert engine.home.name not in subprocess.check_output(["ip", "netns"], text=True)
    assert not engine.home.exists()


def _is_over(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()  # nobody has asked how it ended
    except FileNotFoundError:
        return True
