"""
Pods and containers in a ``Containerd``, through CRI, as the kubelet makes them.

A pod ends with its ``with`` block, whatever happened in it.
"""

import contextlib
import enum
import json
import os
import pty
import select
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import msgspec
from cri_api.v1 import api_pb2 as cri
from cri_api.v1.api_pb2_grpc import RuntimeServiceStub

from support.containerd import Containerd
from support.waiting import until

_TIMEOUT = 30


class Pids(enum.Enum):
    """Whose processes the containers of a pod see."""

    OWN = cri.CONTAINER
    PODS = cri.POD
    HOSTS = cri.NODE


class Bind(msgspec.Struct, frozen=True, kw_only=True):
    """A directory or file of the host that a container sees."""

    source: Path
    destination: str
    is_writable: bool = False


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a container is to be."""

    image: str
    name: str = "main"
    command: tuple[str, ...] = ("sleep", "2147483647")
    user: int = 0
    mounts: tuple[Bind, ...] = ()
    environment: Mapping[str, str] = {}
    directory: str = "/"
    is_privileged: bool = False
    has_terminal: bool = False


class Output(msgspec.Struct, frozen=True):
    """What a command in a container did."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class Container:
    """A running container of a pod."""

    def __init__(self, pod: "Pod", spec: Spec, container_id: str) -> None:
        """Stand for a container that was started."""
        self.pod = pod
        self.spec = spec
        self.id = container_id
        self._runtime = pod.runtime
        status = self._status()
        self.pid: int = json.loads(status.info["info"])["pid"]
        """Of the first process, on the host."""
        self.log = Path(status.status.log_path)
        """What it printed, each line after ``<time> <stream> <F|P> ``."""

    def _status(self) -> Any:
        request = cri.ContainerStatusRequest(container_id=self.id, verbose=True)
        return self._runtime.ContainerStatus(request, timeout=_TIMEOUT)

    def exec(self, *command: str, seconds: int = 20) -> Output:
        """Run a command as ``kubectl exec`` does, and wait for its end."""
        request = cri.ExecSyncRequest(container_id=self.id, cmd=command, timeout=seconds)
        reply = self._runtime.ExecSync(request, timeout=_TIMEOUT + seconds)
        return Output(reply.exit_code, reply.stdout, reply.stderr)

    @contextlib.contextmanager
    def terminal(self, *command: str) -> Iterator["Terminal"]:
        """Run a command with a terminal attached, as ``kubectl exec -it``."""
        exec_id = f"terminal-{uuid.uuid4().hex[:8]}"
        terminal = Terminal(self.pod.engine.terminal_command(self.id, exec_id, command))
        try:
            yield terminal
        finally:
            terminal.close()

    def own_addresses(self, *addresses: str) -> None:
        """Give the pod IP addresses, so that a connection to them never leaves it."""
        inside = ["nsenter", f"--net=/proc/{self.pid}/ns/net"]
        for address in addresses:
            bits = 128 if ":" in address else 32
            line = [*inside, "ip", "address", "replace", f"{address}/{bits}", "dev", "lo"]
            subprocess.run(line, check=True)

    def stop(self) -> None:
        """Kill it."""
        request = cri.StopContainerRequest(container_id=self.id, timeout=0)
        self._runtime.StopContainer(request, timeout=_TIMEOUT)

    def remove(self) -> None:
        """Remove it, so that the runtime knows it no more."""
        request = cri.RemoveContainerRequest(container_id=self.id)
        self._runtime.RemoveContainer(request, timeout=_TIMEOUT)

    def is_running(self) -> bool:
        """Whether its first process lives."""
        return bool(self._status().status.state == cri.CONTAINER_RUNNING)

    def lines(self) -> list[str]:
        """Return the lines that it printed."""
        text = self.log.read_text(errors="replace")
        return [line.split(" ", 3)[3] for line in text.splitlines() if line.count(" ") > 2]


class Pod:
    """A pod: its sandbox, and the containers in it."""

    def __init__(self, engine: Containerd, runtime: RuntimeServiceStub, config: Any) -> None:
        """Start the sandbox."""
        self.engine = engine
        self.runtime = runtime
        self.name: str = config.metadata.name
        self.namespace: str = config.metadata.namespace
        self.uid: str = config.metadata.uid
        self._config = config
        request = cri.RunPodSandboxRequest(config=config)
        self.id: str = runtime.RunPodSandbox(request, timeout=_TIMEOUT).pod_sandbox_id

    def run(self, spec: Spec) -> Container:
        """Create and start a container."""
        container_id = self.create(spec)
        self.runtime.StartContainer(
            cri.StartContainerRequest(container_id=container_id), timeout=_TIMEOUT
        )
        return Container(self, spec, container_id)

    def create(self, spec: Spec) -> str:
        """Create a container that isn't started, and return its id."""
        request = cri.CreateContainerRequest(
            pod_sandbox_id=self.id, config=self._container(spec), sandbox_config=self._config
        )
        reply = self.runtime.CreateContainer(request, timeout=_TIMEOUT)
        return str(reply.container_id)

    def _container(self, spec: Spec) -> Any:
        return cri.ContainerConfig(
            metadata=cri.ContainerMetadata(name=spec.name),
            image=cri.ImageSpec(image=spec.image),
            command=spec.command,
            working_dir=spec.directory,
            envs=[cri.KeyValue(key=key, value=value) for key, value in spec.environment.items()],
            labels={**_labels(self._config.metadata), "io.kubernetes.container.name": spec.name},
            log_path=f"{spec.name}.log",
            tty=spec.has_terminal,
            stdin=spec.has_terminal,
            mounts=[
                cri.Mount(
                    container_path=bind.destination,
                    host_path=str(bind.source),
                    readonly=not bind.is_writable,
                )
                for bind in spec.mounts
            ],
            linux=cri.LinuxContainerConfig(
                resources=cri.LinuxContainerResources(),
                security_context=cri.LinuxContainerSecurityContext(
                    run_as_user=cri.Int64Value(value=spec.user),
                    run_as_group=cri.Int64Value(value=spec.user),
                    privileged=spec.is_privileged,
                    namespace_options=self._config.linux.security_context.namespace_options,
                ),
            ),
        )

    def remove(self) -> None:
        """End it and all its containers."""
        stop = cri.StopPodSandboxRequest(pod_sandbox_id=self.id)
        self.runtime.StopPodSandbox(stop, timeout=_TIMEOUT)
        remove = cri.RemovePodSandboxRequest(pod_sandbox_id=self.id)
        self.runtime.RemovePodSandbox(remove, timeout=_TIMEOUT)


class Pods:
    """Makes pods in one containerd."""

    def __init__(self, engine: Containerd) -> None:
        """Connect; ``close`` must follow."""
        self.engine = engine
        self._channel = grpc.insecure_channel(f"unix:{engine.socket}")
        self.runtime = RuntimeServiceStub(self._channel)  # type: ignore[no-untyped-call]  # it ships none

    @contextlib.contextmanager
    def pod(
        self,
        name: str = "app",
        *,
        namespace: str = "test-dynamic",
        labels: Mapping[str, str] | None = None,
        pids: Pids = Pids.OWN,
    ) -> Iterator[Pod]:
        """Run a pod for as long as the block lasts; its containers see these processes."""
        metadata = cri.PodSandboxMetadata(name=name, namespace=namespace, uid=str(uuid.uuid4()))
        logs = self.engine.home / "logs" / metadata.uid
        logs.mkdir(parents=True)
        privileged = cri.LinuxSandboxSecurityContext(
            privileged=True,
            namespace_options=cri.NamespaceOption(pid=pids.value),
        )
        config = cri.PodSandboxConfig(
            metadata=metadata,
            hostname=name,
            log_directory=str(logs),
            labels={**_labels(metadata), **(labels or {})},
            linux=cri.LinuxPodSandboxConfig(
                cgroup_parent=f"{self.engine.cgroup}/kubepods/burstable/pod{metadata.uid}",
                security_context=privileged,  # a sandbox must be, or its containers can't be
            ),
        )
        pod = Pod(self.engine, self.runtime, config)
        try:
            yield pod
        finally:
            pod.remove()

    def close(self) -> None:
        """Remove what tests left and disconnect."""
        with contextlib.suppress(grpc.RpcError):
            left = self.runtime.ListPodSandbox(cri.ListPodSandboxRequest(), timeout=_TIMEOUT)
            for sandbox in left.items:
                request = cri.StopPodSandboxRequest(pod_sandbox_id=sandbox.id)
                self.runtime.StopPodSandbox(request, timeout=_TIMEOUT)
        self._channel.close()


class Terminal:
    """A program on the other side of a pseudo terminal."""

    def __init__(self, command: list[str]) -> None:
        """Start it; ``close`` must follow."""
        self._descriptor, theirs = pty.openpty()
        try:
            self._process = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
            )
        finally:
            os.close(theirs)
        self.seen = b""

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._descriptor, text.encode() + b"\n")

    def read_until(self, text: bytes, seconds: float = 10) -> bytes:
        """Return what it printed up to this text; raise TimeoutError without it."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._descriptor], [], [], max(left, 0))
            if not ready:
                raise TimeoutError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self._descriptor, 65536)
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def close(self) -> None:
        """Type control-D and wait for the end; what doesn't heed it ends with its container."""
        with contextlib.suppress(TimeoutError):
            until(self._has_heeded_an_end, "the end of a terminal", seconds=3)
        self._process.kill()
        self._process.wait()
        os.close(self._descriptor)

    def _has_heeded_an_end(self) -> bool:
        os.write(self._descriptor, b"\x04")  # again and again: lost while a shell draws its prompt
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.1)
        return self._process.returncode is not None


def _labels(metadata: Any) -> dict[str, str]:
    return {
        "io.kubernetes.pod.name": metadata.name,
        "io.kubernetes.pod.namespace": metadata.namespace,
        "io.kubernetes.pod.uid": metadata.uid,
    }
