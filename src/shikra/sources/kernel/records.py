"""
What the probe tells, one class a kind of record.

An attribute is named as its member in ``bpf/lib/record.h``, without the ``head.`` and ``ids.``
before it and with ``_`` for a dot; ``decode`` finds it by that name in the object's own types,
so nothing here says where or how wide it is. Texts are cut out of ``raw`` when they are asked for.
"""

import struct

import msgspec

_ARGUMENTS = struct.Struct("<6Q")
_STREAM = struct.Struct("<2I2H")  # as the probe's struct stream: a test holds them together


class ForkRecord(msgspec.Struct, frozen=True, gc=False):
    """A process was created."""

    raw: bytes
    time_ns: int
    process: int  # the child's id
    creator: int
    container: int
    flags: int
    bits_generation: int
    pid: int
    vpid: int
    comm: bytes


class ExecRecord(msgspec.Struct, frozen=True, gc=False):
    """A process has a new image."""

    raw: bytes
    time_ns: int
    process: int
    previous: int
    creator: int
    container: int
    cgroup: int
    exe_device: int
    exe_inode: int
    exe_ctime_ns: int
    exe_mtime_ns: int
    start_time_ns: int
    mount_event: int
    mount_namespace: int
    pid_namespace: int
    flags: int
    bits_generation: int
    pid: int
    vpid: int
    tty: int
    comm: bytes
    exepath_offset: int
    exepath_length: int
    arguments_offset: int
    arguments_length: int
    environment_offset: int
    environment_length: int

    @property
    def exepath(self) -> bytes:
        """Path of the executable, as the kernel resolved it."""
        return _text(self.raw, self.exepath_offset, self.exepath_length) or b""

    @property
    def arguments(self) -> tuple[bytes, ...]:
        """The command line."""
        text = _text(self.raw, self.arguments_offset, self.arguments_length)
        return split_arguments(text or b"")

    @property
    def environment(self) -> bytes:
        """The environment, NUL-separated."""
        text = _text(self.raw, self.environment_offset, self.environment_length)
        return (text or b"").rstrip(b"\0")


class MoveRecord(msgspec.Struct, frozen=True, gc=False):
    """A process came into a container without executing anything, or left it so."""

    raw: bytes
    time_ns: int
    process: int
    container: int
    flags: int


class ExitRecord(msgspec.Struct, frozen=True, gc=False):
    """The last thread of a process is gone."""

    raw: bytes
    time_ns: int
    process: int
    pid: int


class ContainerRecord(msgspec.Struct, frozen=True, gc=False):
    """A container's first process started."""

    raw: bytes
    time_ns: int
    process: int
    container: int
    pid: int
    cgroup_name_offset: int
    cgroup_name_length: int
    cgroup_parent_name_offset: int
    cgroup_parent_name_length: int

    @property
    def cgroup_name(self) -> bytes:
        """Leaf of the cgroup's path."""
        return _text(self.raw, self.cgroup_name_offset, self.cgroup_name_length) or b""

    @property
    def cgroup_parent_name(self) -> bytes:
        """The component before the leaf."""
        at, length = self.cgroup_parent_name_offset, self.cgroup_parent_name_length
        return _text(self.raw, at, length) or b""


class CallRecord(msgspec.Struct, frozen=True, gc=False):
    """A system call returned."""

    raw: bytes
    cpu: int
    time_ns: int
    process: int
    creator: int
    container: int
    cgroup: int
    result: int
    arguments: bytes
    number: int
    flags: int
    facts: int
    process_flags: int
    pid: int
    tid: int
    vpid: int
    vtid: int
    sid: int
    pgid: int
    vsid: int
    vpgid: int
    euid: int
    egid: int
    loginuid: int
    tty: int
    comm: bytes
    object: int
    socket_family: int
    socket_type: int
    socket_protocol: int
    descriptor: int
    file_mode: int
    device: int
    inode: int
    open_flags: int
    local_address: bytes
    local_port: int
    remote_address: bytes
    remote_port: int
    cap_inheritable: int
    cap_permitted: int
    cap_effective: int
    name_offset: int
    name_length: int
    base_offset: int
    base_length: int
    target_offset: int
    target_length: int
    target_base_offset: int
    target_base_length: int
    text_offset: int
    text_length: int
    real_offset: int
    real_length: int
    inner_offset: int
    inner_length: int
    root_offset: int
    root_length: int
    inodes_offset: int
    inodes_length: int
    cwd_offset: int
    cwd_length: int
    generation: int
    may: bytes
    surely: bytes
    outcome: int
    acted: bytes
    tracees: bytes

    def argument(self, index: int) -> int:
        """Return an argument of the system call, from 0; see ``model.calls`` for structs."""
        return int(_ARGUMENTS.unpack(self.arguments)[index])

    @property
    def name(self) -> bytes | None:
        """The path as the caller wrote it."""
        return _text(self.raw, self.name_offset, self.name_length)

    @property
    def base(self) -> bytes | None:
        """The directory that a relative name starts from."""
        return _text(self.raw, self.base_offset, self.base_length)

    @property
    def target(self) -> bytes | None:
        """The second path of a call that has two, as the caller wrote it."""
        return _text(self.raw, self.target_offset, self.target_length)

    @property
    def target_base(self) -> bytes | None:
        """The directory that a relative second path starts from."""
        return _text(self.raw, self.target_base_offset, self.target_base_length)

    @property
    def text(self) -> bytes | None:
        """A string of the caller's that is no path."""
        return _text(self.raw, self.text_offset, self.text_length)

    @property
    def real(self) -> bytes | None:
        """The path of the file behind the descriptor."""
        return _text(self.raw, self.real_offset, self.real_length)

    @property
    def inner(self) -> bytes | None:
        """The path of the file in its file system, where other names of it may be known."""
        return _text(self.raw, self.inner_offset, self.inner_length)

    @property
    def root(self) -> bytes | None:
        """The root of a caller that has changed its own, where no file tells the true name."""
        return _text(self.raw, self.root_offset, self.root_length)

    @property
    def inodes(self) -> bytes | None:
        """Inodes of that path's parts, 8 bytes each, the last part's first."""
        return _text(self.raw, self.inodes_offset, self.inodes_length)

    @property
    def cwd(self) -> bytes | None:
        """The caller's directory."""
        return _text(self.raw, self.cwd_offset, self.cwd_length)


class Stream(msgspec.Struct, frozen=True, gc=False):
    """What a standard stream stands for."""

    mode: int  # st_mode, 0 where it is closed
    family: int  # of a socket
    name: bytes | None  # path of a file


class Circumstances(msgspec.Struct, frozen=True, gc=False):
    """What else is told of a call; read of the same bytes, but only when it is asked for."""

    raw: bytes
    pid_namespace_start_ns: int
    descriptor_limit: int
    faults_major: int
    faults_minor: int
    memory_size_pages: int
    memory_resident_pages: int
    memory_swapped_pages: int
    threads: int
    has_layer: int
    is_upper_layer: int
    is_lower_layer: int
    streams: bytes
    data_offset: int
    data_length: int

    @property
    def data(self) -> bytes | None:
        """The beginning of what was read or written."""
        return _text(self.raw, self.data_offset, self.data_length)

    def stream(self, descriptor: int) -> Stream:
        """Return what standard input (0), output or error stands for."""
        mode, family, at, length = _STREAM.unpack_from(self.streams, descriptor * _STREAM.size)
        return Stream(mode, family, _text(self.raw, at, length))


class HeartbeatRecord(msgspec.Struct, frozen=True, gc=False):
    """The hook of system calls ran on a CPU."""

    raw: bytes
    time_ns: int
    cpu: int


Change = ForkRecord | ExecRecord | MoveRecord | ExitRecord | ContainerRecord
Record = Change | CallRecord | HeartbeatRecord


def split_arguments(text: bytes) -> tuple[bytes, ...]:
    """Split a command line as the kernel keeps it: each argument ends in a NUL."""
    return tuple(text.removesuffix(b"\0").split(b"\0")) if text else ()


def until_nul(text: bytes) -> bytes:
    """Return a fixed array's text."""
    return text.partition(b"\0")[0]


def _text(raw: bytes, at: int, length: int) -> bytes | None:
    return raw[at : at + length] if at else None
