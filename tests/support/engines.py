"""
Docker and Podman of the test's own: an engine that listens at a socket, with one image.

All that an engine keeps lies below one directory in ``/tmp``; ``close`` ends its containers and
removes it. What a machine lacks is the reason of a skip.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from support import images, rootfs
from support.waiting import until

IMAGE = "registry.local/team/busybox:1.35"
FILE_LIMITS = (
    "--ulimit",
    "nofile=1024:1024",
    "--ulimit",
    "nproc=1000:1000",
)  # below this machine's


class Engine:
    """One running engine, by its command line and its socket."""

    def __init__(self, home: Path, client: tuple[str, ...], daemons: list[tuple[str, ...]]) -> None:
        """Start its daemons in this order; ``close`` must follow."""
        self.socket = home / f"{client[0]}.sock"
        self._home = home
        self._client = client
        self._running: list[subprocess.Popen[bytes]] = []
        try:
            for line in daemons:
                self._running.append(self._start(line))
            until(self._is_up, f"{client[0]} to answer")
            tar = home / "image.tar"
            tar.write_bytes(images.layer(rootfs.busybox()))
            self._call("import", str(tar), IMAGE)
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def container(self, name: str, *options: str) -> Iterator[str]:
        """Run a container until the block ends; give its id."""
        line = ["run", "--detach", "--name", name, "--network", "none", *FILE_LIMITS, *options]
        container = self._call(*line, IMAGE, "/usr/bin/busybox", "sleep", "2147483647").strip()
        try:
            yield container
        finally:
            self._call("kill", container)  # removing waits for an end in peace
            self._call("rm", "--force", container)

    def exec(self, container: str, *command: str) -> int:
        """Run a command in it and return its exit code."""
        line = [*self._client, "exec", container, *command]
        return subprocess.run(line, check=False, capture_output=True, timeout=30).returncode

    def pid(self, container: str) -> int:
        """Return the first process of a container."""
        return int(self._call("inspect", "--format", "{{.State.Pid}}", container))

    def close(self) -> None:
        """End it and remove all that it left."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in reversed(mounts):
            if f"{mount}/".startswith(f"{self._home}/"):
                subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self, line: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        with (self._home / f"{line[0]}.log").open("wb") as log:
            # Should the test run be killed, this ends.
            command = ["setpriv", "--pdeathsig", "KILL", *line]
            environment = {**os.environ, "XDG_RUNTIME_DIR": str(self._home)}
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def _is_up(self) -> bool:
        for process in self._running:
            if process.poll() is not None:
                logs = [path.read_text() for path in self._home.glob("*.log")]
                raise RuntimeError("\n".join(logs))
        return not subprocess.run(
            [*self._client, "ps"], check=False, capture_output=True
        ).returncode

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._client, *arguments], check=False, capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stderr}")
        return done.stdout


@contextlib.contextmanager
def podman() -> Iterator[Engine]:
    """Run Podman's service until the block ends."""
    with _engine(_podman) as engine:
        yield engine


@contextlib.contextmanager
def docker() -> Iterator[Engine]:
    """Run a Docker daemon, and a containerd for it, until the block ends."""
    with _engine(_docker) as engine:
        yield engine


def lacks(name: str) -> str | None:
    """Say why an engine can't be run here."""
    program = {"podman": "podman", "docker": "dockerd"}[name]
    if shutil.which(program) is None:
        return f"{program} is not installed; make test doesn't install it unasked"
    return None


@contextlib.contextmanager
def _engine(make: Callable[[Path], Engine]) -> Iterator[Engine]:
    home = Path(tempfile.mkdtemp(prefix=f"shikra-engine-{os.getpid()}-", dir="/tmp"))
    engine = make(home)
    try:
        yield engine
    finally:
        engine.close()


def _podman(home: Path) -> Engine:
    client = (
        *("podman", "--root", f"{home}/root", "--runroot", f"{home}/run", "--runtime", "runc"),
        *("--cgroup-manager", "cgroupfs", "--storage-driver", "overlay"),
        *("--tmpdir", f"{home}/libpod"),
    )
    service = (*client, "system", "service", "--time=0", f"unix://{home}/podman.sock")
    return Engine(home, client, [service])


def _docker(home: Path) -> Engine:
    config = home / "containerd.toml"
    config.write_text(
        f'version = 2\nroot = "{home}/croot"\nstate = "{home}/cstate"\n'
        f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "{home}/c.sock"\n'
    )
    containerd = ("containerd", "--config", str(config))
    daemon = (
        *("dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false"),
        *("--exec-opt", "native.cgroupdriver=cgroupfs", "--containerd", f"{home}/c.sock"),
        *("--data-root", f"{home}/root", "--exec-root", f"{home}/exec"),
        *("--host", f"unix://{home}/docker.sock", "--pidfile", f"{home}/docker.pid"),
    )
    client = ("docker", "--host", f"unix://{home}/docker.sock")
    return Engine(home, client, [containerd, daemon])
