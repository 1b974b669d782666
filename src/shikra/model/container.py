"""
What a runtime says of a container and its pod.

Unknown is a state of its own: ``PENDING`` until the runtime has answered or the wait is over,
``UNKNOWN`` after. Fields of a container that isn't known have no value.
"""

import enum
from collections.abc import Mapping

import msgspec


class Knowledge(enum.Enum):
    """How far the metadata of a container is known."""

    HOST = "host"  # not a container
    PENDING = "pending"  # asked, not answered yet
    KNOWN = "known"
    UNKNOWN = "unknown"  # no runtime knows it, or none answered in time


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """One mount of a container, as its runtime lists it."""

    source: str
    destination: str
    is_writable: bool = False
    propagation: str = ""


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container. Replaced as a whole when more becomes known."""

    key: int  # id of its cgroup in the chosen hierarchy; 0 for the host
    full_id: str
    knowledge: Knowledge
    is_nobodys: bool = False  # settled: no runtime has it, so what one would tell isn't there
    runtime: str = ""  # "containerd", "runc"
    name: str = ""
    image: str = ""  # as the pod names it
    repository: str = ""
    tag: str = ""
    digest: str = ""
    image_id: str = ""
    namespace: str = ""
    pod_name: str = ""
    pod_uid: str = ""
    sandbox_id: str = ""
    labels: Mapping[str, str] = {}
    pod_labels: Mapping[str, str] = {}
    first_pid: int = 0  # of its first process, on the host; 0 if unknown
    is_privileged: bool | None = None
    is_sandbox: bool = False  # the pod's own container, which holds its namespaces
    mounts: tuple[Mount, ...] = ()

    @property
    def id(self) -> str:
        """The twelve characters that people know it by; "host" on the host."""
        return self.full_id[:12]


HOST = Container(key=0, full_id="host", name="host", knowledge=Knowledge.HOST)
