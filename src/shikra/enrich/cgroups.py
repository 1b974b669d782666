"""
What the name of a cgroup says of the container in it.

In: the last two names of a cgroup's path. Out: the container's id, its runtime as far as the
name tells, and the UID of its pod. Pure. Runtimes name cgroups in two manners, as their driver
is cgroupfs (the id alone) or systemd (``<runtime>-<id>.scope`` below a ``.slice``).
"""

import re

import msgspec

RUNTIMES = {
    b"cri-containerd": "containerd",
    b"nerdctl": "containerd",
    b"crio": "cri-o",
    b"docker": "docker",
    b"libpod": "podman",
    b"buildah": "buildah",
    b"lxc": "lxc",
}
_SCOPE = re.compile(rb"(?:([a-z][a-z-]*?)-)?([0-9a-f]{64})(?:\.scope)?")
_HASH = re.compile(r"[0-9a-f]{64}")
_COLONS = re.compile(rb"(.*):([a-z-]+):([0-9a-f]{64})")  # systemd's form, taken for a directory
_HELPER = re.compile(rb"(?:crio|libpod)-conmon-[0-9a-f]{64}(?:\.scope)?")
_POD = re.compile(rb"(?:.*-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})")


class Identity(msgspec.Struct, frozen=True):
    """Which container a cgroup belongs to."""

    container_id: str
    runtime: str
    pod_uid: str = ""

    @property
    def is_hash(self) -> bool:
        """Whether an engine made the id, rather than a person."""
        return _HASH.fullmatch(self.container_id) is not None


def identify(name: bytes, parent: bytes) -> Identity | None:
    """Read the names of a cgroup and its parent; ``None`` for a runtime's helper."""
    if _HELPER.fullmatch(name):
        return None
    if colons := _COLONS.fullmatch(name):
        return _identity(colons[3], colons[2], colons[1])
    if _SCOPE.fullmatch(parent) and not _SCOPE.fullmatch(name):
        # crun and podman put the processes into a child of the container's cgroup.
        return _identity(parent, b"", b"")
    return _identity(name, b"", parent)


def _identity(leaf: bytes, prefix: bytes, parent: bytes) -> Identity:
    scope = _SCOPE.fullmatch(leaf)
    container_id = (scope[2] if scope else leaf).decode(errors="replace")
    pod_uid = _pod_uid(parent)
    runtime = RUNTIMES.get((scope and scope[1]) or prefix or parent, "")
    if not (runtime or scope or pod_uid):
        runtime = "runc"  # somebody chose the id: no engine's habit
    return Identity(container_id, runtime, pod_uid)


def _pod_uid(name: bytes) -> str:
    found = _POD.fullmatch(name.removesuffix(b".slice"))
    return found[1].decode().replace("_", "-") if found else ""
