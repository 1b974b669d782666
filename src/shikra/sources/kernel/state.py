"""
What user space tells the probe: its settings, and where processes belong that are older than it.

Keys and values are laid out as the object's types say.
"""

import struct
from collections.abc import Iterable, Mapping

import msgspec

from shikra.sources.kernel import (
    btf,
    cgroups,
    classify,
    layout,
    plans,
    probe,
    processes,
    records,
)

_ONLY = bytes(4)  # the key of an array of one
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_ANEW: Mapping[str, int | bytes] = {"bits_generation": 0, "outlook": b""}
"""What the probe worked out for a process doesn't hold any more."""


class _Identity(msgspec.Struct):
    id: int


class FirstProcess(msgspec.Struct, frozen=True):
    """What the probe keeps of a container's first process."""

    first_pid: int
    exe_device: int
    exe_inode: int
    mount_event: int = 0  # the last change to its mounts before it started
    renames: int = 0  # that may have moved what rules name
    settled: int = 0  # as many of them moved nothing


class ProbeState:
    """The maps that the probe reads."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the maps; one that is missing is a ``LayoutError``."""
        self._types = loaded.types
        self._settings = loaded.map("settings")
        self._plans = loaded.map("call_plans")
        self._runtimes = loaded.map("runtimes")
        self._processes = loaded.map("processes")
        self._containers = loaded.map("containers")
        self._mounts = loaded.map("mount_namespaces")
        self._identity = layout.reader(self._types, "process_state", _Identity)
        self._first = layout.reader(self._types, "container_state", FirstProcess)

    def configure(self, hierarchy: cgroups.Hierarchy, host: classify.Host, own_pid: int) -> None:
        """Say what is the host, and whose calls are no events."""
        values = {
            "hierarchy": self._number("hierarchy", hierarchy.value),
            "host_mount_namespace": host.mount_namespace,
            "host_pid_namespace": host.pid_namespace,
            "own_pid": own_pid,
        }
        self._settings.set(_ONLY, layout.pack(self._types, "settings", values))

    def name_runtimes(self, names: Iterable[bytes]) -> None:
        """Say how helpers of container runtimes are called."""
        size = self._runtimes.key_size
        for name in names:
            self._runtimes.set(name[: size - 1].ljust(size, b"\0"), b"\1")

    def plan_calls(self) -> None:
        """Say what the arguments of each call mean."""
        for key, value in plans.plans(self._types):
            self._plans.set(key, value)

    def add_container(self, key: int, first: records.ExecRecord) -> None:
        """Tell of a container that is older than the probe, by its first process."""
        values = {
            "first_process": first.process,
            "exe_device": first.exe_device,
            "exe_inode": first.exe_inode,
            "first_pid": first.pid,
            "mount_event": first.mount_event,
            "mount_namespace": first.mount_namespace,
            "pid_namespace": first.pid_namespace,
        }
        self._containers.set(_U64.pack(key), layout.pack(self._types, "container_state", values))
        self._mounts.set(_U32.pack(first.mount_namespace), _U64.pack(key))

    def containers(self) -> dict[int, FirstProcess]:
        """Return the containers that the probe knows, each by its first process."""
        return {_U64.unpack(key)[0]: self._first(value) for key, value in self._containers.items()}

    def mounts(self) -> dict[int, int]:
        """Return the keys of containers by their mount namespaces."""
        return {
            _U32.unpack(namespace)[0]: _U64.unpack(key)[0]
            for namespace, key in self._mounts.items()
        }

    def first(self, key: int) -> FirstProcess | None:
        """Return what the probe keeps of one container's first process."""
        value = self._containers.get(_U64.pack(key))
        return None if value is None else self._first(value)

    def restore(self, stale: int, image: processes.Image) -> None:
        """Undo a write of ours that came between a process's exec and its reading."""
        key = _U32.pack(image.process.pid)
        state = self._processes.get(key)
        if state is None or self._identity(state).id != stale:
            return
        values: dict[str, int | bytes] = {
            "id": image.process.id,
            "flags": image.flags,
            "container": image.process.container,
            "comm": image.process.name,
            "exe_device": image.exe.device,
            "exe_inode": image.exe.inode,
            **_ANEW,
        }
        self._processes.set(key, layout.patch(self._types, "process_state", state, values))

    def process_id(self, pid: int) -> int | None:
        """Return the id of a process's record, if it has one."""
        state = self._processes.get(_U32.pack(pid))
        return None if state is None else self._identity(state).id

    def place(self, pid: int, process: int, *, flags: int, container: int) -> bool:
        """Say where a process belongs; ``False`` if it has a new image or is gone."""
        key = _U32.pack(pid)
        state = self._processes.get(key)
        if state is None or self._identity(state).id != process:
            return False
        values = {"flags": flags, "container": container, **_ANEW}
        self._processes.set(key, layout.patch(self._types, "process_state", state, values))
        return True

    def _number(self, enum_name: str, name: str) -> int:
        numbers = self._types.enum(enum_name)
        if name not in numbers:
            raise btf.LayoutError(f"enum {enum_name} of the object has no {name}")
        return numbers[name]
