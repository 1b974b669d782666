"""Containers that no runtime knows: plain ``runc``, as an attacker or a build tool runs them."""

import contextlib
import json
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from support import images, rootfs
from support.containerd import Containerd
from support.waiting import until


class Bare:
    """A running container."""

    def __init__(self, root: Path, container_id: str, pid: int) -> None:
        """Stand for it."""
        self.id = container_id
        self.pid = pid
        self._root = root

    def exec(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command in it and wait for its end."""
        line = ["runc", "--root", str(self._root), "exec", self.id, *command]
        return subprocess.run(line, check=False, capture_output=True, timeout=20)


@contextlib.contextmanager
def running(
    engine: Containerd,
    *command: str,
    hooks: Mapping[str, tuple[str, ...]] | None = None,
    binds: Mapping[str, Path] | None = None,
    is_detached: bool = False,
    name: str = "",
) -> Iterator[Bare]:
    """
    Run a container with busybox in it until the block ends.

    Each hook is one command; ``binds`` are places in the container and what is mounted there. The
    first process of a detached one is left to the machine's. ``name`` it, or have it named as no
    runtime does.
    """
    bundle = _bundle(engine, command, hooks or {}, binds or {}, name)
    container_id = bundle.name
    root = engine.home / "runc"
    line = ["runc", "--root", str(root)]
    run = [*line, "run", *(("--detach",) if is_detached else ()), "--bundle", str(bundle)]
    with (bundle / "log").open("wb") as log:
        process = subprocess.Popen(
            [*run, container_id], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        pid = until(lambda: _first_pid(root / container_id), f"runc run (see {bundle}/log)")
        yield Bare(root, container_id, pid)
    finally:
        subprocess.run([*line, "delete", "--force", container_id], check=False)
        process.wait(10)


@contextlib.contextmanager
def created(engine: Containerd, *command: str, binds: Mapping[str, Path]) -> Iterator[Bare]:
    """Make a container that waits to be started until the block ends."""
    bundle = _bundle(engine, command, {}, binds)
    root = engine.home / "runc"
    line = ["runc", "--root", str(root)]
    with (bundle / "log").open("wb") as log:
        subprocess.run(
            [*line, "create", "--bundle", str(bundle), bundle.name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
    try:
        told = json.loads((root / bundle.name / "state.json").read_text())
        yield Bare(root, bundle.name, int(told["init_process_pid"]))
    finally:
        subprocess.run([*line, "delete", "--force", bundle.name], check=False)


def _bundle(
    engine: Containerd,
    command: tuple[str, ...],
    hooks: Mapping[str, tuple[str, ...]],
    binds: Mapping[str, Path],
    name: str = "",
) -> Path:
    """Lay out a container with busybox in it, in a folder that has its id for a name."""
    container_id = name or f"bare-{uuid.uuid4().hex[:12]}"
    bundle = engine.home / "bundles" / container_id
    (bundle / "rootfs").mkdir(parents=True)
    images.unpack(rootfs.busybox(), bundle / "rootfs")
    subprocess.run(["runc", "spec"], cwd=bundle, check=True)
    config = json.loads((bundle / "config.json").read_text())
    config["process"]["args"] = list(command or ("sleep", "2147483647"))
    config["process"]["terminal"] = False
    config["root"]["readonly"] = False
    config["linux"]["cgroupsPath"] = f"{engine.cgroup}/{container_id}"
    config["hooks"] = {moment: [{"path": line[0], "args": line}] for moment, line in hooks.items()}
    config["mounts"] += [
        {"destination": place, "source": str(path), "type": "bind", "options": ["rbind", "ro"]}
        for place, path in binds.items()
    ]
    (bundle / "config.json").write_text(json.dumps(config))
    return bundle


def _first_pid(state: Path) -> int | None:
    try:
        told = json.loads((state / "state.json").read_text())
    except (OSError, ValueError):
        return None
    # While runc still sets it up, the process is runc's own.
    pid = int(told["init_process_pid"])
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return None
    return None if name.startswith("runc") else pid
