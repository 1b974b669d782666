"""
A containerd of the test's own, in a network namespace of its own.

Everything it has (configuration, root, state, socket, network, cgroups) is named by one
directory below ``/tmp``, so that ``clear`` can remove it all knowing that name alone, also
after a test run that was killed.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support import images, rootfs
from support.machine import CNI_PLUGINS
from support.waiting import until

PAUSE = "registry.local/pause:3.9"
GATEWAY = "10.77.0.1"
"""Where pods reach what runs in their network beside them."""
_SLEEP = ("/usr/bin/busybox", "sleep", "2147483647")
_PLACE = Path("/tmp")  # noqa: S108  a socket's path may have 107 bytes, pytest's are too long
_PREFIX = "shikra-test-"

_CONFIG = """\
version = 2
root = "{home}/root"
state = "{home}/state"
[grpc]
  address = "{home}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{home}/cni"
"""
_NETWORK = """\
{{"cniVersion": "0.4.0", "name": "pods", "plugins": [{{
  "type": "bridge", "bridge": "pods0", "isGateway": true,
  "ipam": {{"type": "host-local", "dataDir": "{home}/ipam",
            "ranges": [[{{"subnet": "10.77.0.0/16"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}
}}]}}
"""


class Containerd:
    """One running containerd."""

    def __init__(self) -> None:
        """Start it; ``close`` must follow."""
        self.home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_PLACE))
        self.socket = self.home / "containerd.sock"
        self.netns = Path("/run/netns") / self.home.name
        self.cgroup = f"/{self.home.name}"  # what the test makes lies below it, in each hierarchy
        self._images: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._configure()
            self._process = self._start()
            until(self._is_up, "containerd")
            self._import(PAUSE, rootfs.busybox())
        except BaseException:
            self.close()
            raise

    def _configure(self) -> None:
        # On a disk, importing images takes three times as long.
        subprocess.run(["mount", "-t", "tmpfs", "shikra-test", str(self.home)], check=True)
        (self.home / "cni").mkdir()
        (self.home / "cni" / "pods.conflist").write_text(_NETWORK.format(home=self.home))
        config = _CONFIG.format(home=self.home, pause=PAUSE, cni=CNI_PLUGINS)
        (self.home / "config.toml").write_text(config)
        subprocess.run(["ip", "netns", "add", self.netns.name], check=True)
        subprocess.run([*self._inside(), "ip", "link", "set", "lo", "up"], check=True)

    def _start(self) -> "subprocess.Popen[bytes]":
        command = ["containerd", "--config", str(self.home / "config.toml")]
        with (self.home / "containerd.log").open("wb") as log:
            # Should the test run be killed, this ends; the next run removes what it left.
            line = ["setpriv", "--pdeathsig", "KILL", *self._inside(), *command]
            return subprocess.Popen(line, stdout=log, stderr=log)

    def _inside(self) -> list[str]:
        # "ip netns exec" would mount a /sys of its own, without cgroups.
        return ["nsenter", f"--net={self.netns}"]

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError((self.home / "containerd.log").read_text())
        return self.socket.exists() and not self._ctr("version", check=False).returncode

    def _ctr(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["ctr", "-a", str(self.socket), "-n", "k8s.io", *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60)

    def terminal_command(self, container: str, exec_id: str, command: tuple[str, ...]) -> list[str]:
        """Return what runs a command with a terminal in a container, as ``kubectl exec -it``."""
        # Through the shim, as CRI's own Exec.
        head = ["ctr", "-a", str(self.socket), "-n", "k8s.io", "tasks", "exec"]
        return [*head, "--tty", "--exec-id", exec_id, container, *command]

    @contextlib.contextmanager
    def in_network(self, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a program beside the pods, in the network that they reach through the bridge."""
        line = ["setpriv", "--pdeathsig", "KILL", *self._inside(), *command]
        with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                process.kill()

    def busybox_image(self, name: str = "registry.local/team/busybox:1.35") -> str:
        """Make sure that there is an image of this name with busybox in it."""
        return self._import(name, rootfs.busybox())

    def python_image(self, name: str = "registry.local/team/app:1.2.3") -> str:
        """Make sure that there is an image of this name with python, a shell and tools in it."""
        return self._import(name, rootfs.python())

    def _import(self, name: str, entries: list[rootfs.Entry]) -> str:
        if name not in self._images:
            self._ctr("images", "import", str(images.build(name, entries, _SLEEP)))
            listed = self._ctr("images", "list", f"name=={name}").stdout
            digest = re.search(r"sha256:[0-9a-f]{64}", listed)
            if digest is None:
                raise RuntimeError(f"no digest in: {listed}")
            # As after a pull: the image is known by its digest too.
            self._ctr("images", "tag", name, f"{name.rsplit(':', 1)[0]}@{digest[0]}")
            self._images.add(name)
        return name

    def close(self) -> None:
        """End it and remove all that it left."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        clear(self.home)


def clear_abandoned() -> None:
    """Remove what test runs left that were killed."""
    for home in _PLACE.glob(f"{_PREFIX}*"):
        owner = home.name.removeprefix(_PREFIX).split("-")[0]
        if not Path("/proc", owner).exists():
            clear(home)


def clear(home: Path) -> None:
    """Remove every process, mount, cgroup, network and file that belongs to this directory."""
    for pid in _processes(home):
        os.kill(pid, signal.SIGKILL)
    cgroups = list(_cgroups(home.name))
    until(lambda: sum(map(_kill_members, cgroups)) == 0, "containers to end")
    for mount in reversed(_mounts(home)):
        subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
    for group in cgroups:
        group.rmdir()
    if Path("/run/netns", home.name).exists():
        subprocess.run(["ip", "netns", "delete", home.name], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


def _processes(home: Path) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        # containerd, its shims (by the address they were given) and runc (by its root).
        if any(argument.startswith(bytes(home) + b"/") for argument in arguments[1:]):
            yield int(entry.name)


def _cgroups(name: str) -> Iterator[Path]:
    tops = [Path("/sys/fs/cgroup", name), *Path("/sys/fs/cgroup").glob(f"*/{name}")]
    for top in tops:
        for folder, _, _ in os.walk(top, topdown=False):
            yield Path(folder)


def _kill_members(group: Path) -> int:
    try:
        members = (group / "cgroup.procs").read_text().split()
    except FileNotFoundError:
        return 0
    for pid in members:
        os.kill(int(pid), signal.SIGKILL)
    return len(members)


def _mounts(home: Path) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in lines]
    return [point for point in points if f"{point}/".startswith(f"{home}/")]
