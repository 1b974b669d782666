"""
What is known of a process between two execs, and who created it.

Lineage is creation: ``creator`` is who called clone, as it was at that moment; adoption of
an orphan doesn't change it. Creators form a chain that ends where the sensor's knowledge ends.
"""

import itertools
from collections.abc import Iterator

import msgspec

MAX_LINEAGE = 256
"""Creators are followed no further: a chain this long was made to be long."""


class Executable(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The file that a process runs, as it was when it was executed. ``None``: that isn't known."""

    device: int
    inode: int
    changed_ns: int = 0  # its inode, since the epoch; 0: not known
    modified_ns: int = 0  # its content
    is_writable: bool | None = None  # the process's user may write to it, or is its owner
    is_upper_layer: bool | None = None  # of an overlay: written since the image was made
    is_lower_layer: bool | None = None  # of an overlay: as the image has it
    is_from_memfd: bool | None = None


class Process(msgspec.Struct, kw_only=True, gc=False):
    """One image of one process. Made at fork (with the creator's image) and at exec."""

    id: int  # unique on this boot
    pid: int  # of the thread group, as the host sees it
    vpid: int = 0  # as its own pid namespace sees it
    name: bytes = b""  # comm at exec: at most 15 bytes
    exepath: bytes = b""
    arguments: tuple[bytes, ...] = ()  # argv[0] first
    environment: bytes | None = None  # NAME=value each, NUL-separated; None: not known
    executable: Executable | None = None
    creator: "Process | None" = None
    depth: int = 0  # how many creators are kept above it
    container: int = 0  # key of its container, 0 on the host
    start_time_ns: int = 0  # since boot
    is_first: bool = False  # the container's first process
    in_init_tree: bool = False
    has_entered: bool = False
    exe_is_init: bool = False
    had_terminal: bool = False  # a controlling one, when it was executed
    is_runtime: bool = False  # a container runtime's helper
    is_inferred: bool = False  # lineage was guessed from the live tree
    is_cut: bool = False  # its command line was longer than is kept
    is_environment_cut: bool = False
    is_exepath_cut: bool = False  # it has the end of its path, if any
    is_reread: bool = False  # its texts were read after its exec: it may have changed them
    is_creator_unknown: bool = False  # it had one, of which nothing is known any more

    @property
    def exe(self) -> bytes:
        """The first argument, which its creator may have chosen freely."""
        return self.arguments[0] if self.arguments else b""

    @property
    def args(self) -> bytes:
        """The arguments after the first, joined by blanks."""
        return b" ".join(self.arguments[1:])

    @property
    def command_line(self) -> bytes:
        """Name and arguments."""
        return b" ".join((self.name, *self.arguments[1:]))

    def variable(self, name: bytes) -> bytes | None:
        """Return the value of an environment variable."""
        for each in (self.environment or b"").split(b"\0"):
            found, equals, value = each.partition(b"=")
            if equals and found == name:
                return value
        return None

    @property
    def parent(self) -> "Process | None":
        """The creator, past a container runtime's short-lived helpers."""
        return next(self.ancestors(), None)

    def lineage(self) -> Iterator["Process"]:
        """Creators up to the container's start, nearest first; on the host, all of them."""
        return itertools.takewhile(lambda each: each.container == self.container, self.ancestors())

    def ancestors(self) -> Iterator["Process"]:
        """Creators, nearest first, helpers of a container runtime left out; bounded."""
        for creator in self.creators():
            if not creator.is_runtime and creator.pid != self.pid:
                yield creator

    def creators(self) -> Iterator["Process"]:
        """Creators, nearest first, all of them; bounded."""
        creator = self.creator
        for _ in range(MAX_LINEAGE):
            if creator is None:
                return
            yield creator
            creator = creator.creator
