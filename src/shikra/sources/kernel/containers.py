"""What the kernel source tells of containers, beside events."""

import msgspec


class ContainerStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A container's first process runs; or ran already when the sensor started."""

    key: int
    cgroup_name: bytes  # the cgroup's own name, which holds the container's id
    cgroup_parent_name: bytes  # the name of the one above
    first_pid: int  # on the host
    is_inferred: bool = False  # older than the sensor


class ContainerEnded(msgspec.Struct, frozen=True):
    """A container's first process is gone."""

    key: int


class ContainerComing(msgspec.Struct, frozen=True):
    """A runtime's helper made a process that is the first of its pids: a container may follow."""

    pid: int  # on the host
