"""
One thing that happened, and its fields, read when they are asked for.

A source makes the event with what it decoded; the readers (a table from field name to
function) know how to read one field of it. ``Fields`` is a dictionary that fills itself, so
generated code subscripts it, and an event from a file is the same with the values put in.
"""

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from shikra.model import aliases
from shikra.model.container import HOST, Container
from shikra.model.process import Process
from shikra.model.value import Value
from shikra.model.verdict import Verdict

Reader = Callable[["Event", str | None], Value]
"""Reads one field; the second argument is the text between the brackets, if any."""

Readers = Mapping[str, Reader]


class Fields(dict[str, Value]):
    """Values by the field's full name (``proc.aname[2]``), each read at most once."""

    __slots__ = ("event", "readers")

    def __init__(self, event: "Event", readers: Readers) -> None:
        """Read from this event with these readers."""
        super().__init__()
        self.event = event
        self.readers = readers

    def __missing__(self, name: str) -> Value:
        """Read the field and keep it; no reader means no value."""
        argument = None
        reader = self.readers.get(name)
        if reader is None:
            base, bracket, rest = name.partition("[")
            if bracket:
                reader, argument = self.readers.get(base), rest[:-1]
        value = self[name] = None if reader is None else reader(self.event, argument)
        return value


class NameKind(enum.Enum):
    """Which of a file's names a rule matched."""

    OPENED = "opened"  # by the caller, made absolute
    REAL = "real"  # of what was really opened, as the container's first process knows it
    MOUNTED = "mounted"  # of what was really opened, as the caller's mounts have it
    ALIAS = "alias"  # of any of these, spelled otherwise: /var/run for /run
    INODE = "inode"  # of another file that is the same inode: a hard link to it, or it moved
    RESOLVED = "resolved"  # found by following the name as opened, afterwards: a guess


class FileName(msgspec.Struct, frozen=True):
    """One of a file's names."""

    kind: NameKind
    path: bytes


class Event:
    """
    One event of one source.

    ``data`` is what the source decoded and only its readers look into. ``path`` is the file's
    name in force: as opened, or, in a copy that ``by_other_names`` makes, another one.
    """

    __slots__ = (
        "actor",
        "boot_ns",
        "container",
        "data",
        "fields",
        "identity",
        "is_cut",
        "is_path_unsure",
        "is_real_path_unsure",
        "other_names",
        "path",
        "process",
        "real_path",
        "source",
        "time_ns",
        "type",
        "verdict",
    )

    def __init__(self, source: str, type: str, time_ns: int, readers: Readers) -> None:  # noqa: A002  the word that users know
        """Start an event; what else is known of it is assigned by its source."""
        self.source = source
        self.type = type  # evt.type
        self.time_ns = time_ns  # since the epoch
        self.boot_ns: int | None = None  # when this machine was started, since the epoch
        self.process: Process | None = None
        self.container: Container = HOST
        self.path: bytes | None = None
        self.real_path: bytes | None = None
        self.other_names: tuple[FileName, ...] = ()  # beside the two
        self.is_cut = False  # something of it was longer than is kept
        self.is_path_unsure = False  # the name as opened was cut: it may be any
        self.is_real_path_unsure = False  # the same of the real path, or nobody knows it
        self.data: Any = None
        self.actor = 0  # whose it is, where no process is: a number for the user, say
        self.identity: bytes | None = (
            None  # what a second copy of it has too; of events that may come twice
        )
        self.verdict: Verdict | None = None  # of events that the kernel's tables let through
        self.fields = Fields(self, readers)

    def by_other_names(self) -> "Iterator[tuple[FileName, Event]]":
        """Yield the same event under each other name that the file has, the real one first."""
        tried = {self.path}
        for name in self._names():
            if name.path not in tried:
                tried.add(name.path)
                yield name, self._by(name.path)

    def _names(self) -> Iterator[FileName]:
        names = [name.path for name in self.other_names]
        if self.real_path is not None:
            names.append(self.real_path)
            yield FileName(NameKind.REAL, self.real_path)
        if self.path is not None:
            names.append(self.path)
        yield from self.other_names
        process = self.process.vpid if self.process else 0
        for name in names:
            for alias in aliases.aliases(name, process):
                yield FileName(NameKind.ALIAS, alias)

    def _by(self, path: bytes) -> "Event":
        twin = Event(self.source, self.type, self.time_ns, self.fields.readers)
        twin.process = self.process
        twin.container = self.container
        twin.path = path
        twin.real_path = self.real_path
        twin.is_cut = self.is_cut
        twin.data = self.data
        twin.verdict = self.verdict
        return twin
