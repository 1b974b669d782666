"""
A type of event, and what its arguments are: which register of the call, and what it means.

The probe's plan of a call, the readers of ``evt.arg`` and the tables of the kernel all follow from
these rows, so that a call is described once. The rows stand in ``calls``, as text.
"""

import enum
from collections.abc import Iterator

import msgspec


class Meaning(enum.Enum):
    """What an argument is; beside it, what tells it: a member of the call's record, or ``at``."""

    RESULT = "result"  # result, by its name
    OBJECT = "object"  # descriptor: the one that the event is about; without ``at``: the result
    DESCRIPTOR = "descriptor"  # at
    NAME = "name"  # name, with base: the path acted upon, of two the one Falco calls source
    DIRECTORY = "directory"  # base: what that path starts from
    TARGET = "target"  # target, with target_base: the second path
    TARGET_DIRECTORY = "target_directory"  # target_base
    TEXT = "text"  # text: a string that is no path
    OPEN_FLAGS = "open_flags"  # open_flags
    FLAGS = "flags"  # at: named bits
    CHOICE = "choice"  # at: a named value
    MODE = "mode"  # at: permissions
    NUMBER = "number"  # at
    SIGNED = "signed"  # at
    SIZE = "size"  # at: 64 bits
    PROCESS = "process"  # at: id of a process or thread as the caller sees it
    USER = "user"  # at
    GROUP = "group"  # at
    SIGNAL = "signal"  # at
    PEER = "peer"  # remote, or the name of a Unix socket; ``at`` is the caller's address
    OWN = "own"  # local, or the name of a Unix socket; ``at`` is the caller's address
    ENDS = "ends"  # local and remote
    DATA = "data"  # data: what was read or written; ``at`` is the buffer, or the message with it
    DEVICE = "device"  # device
    INODE = "inode"  # inode
    FIELD = "field"  # the field that ``names`` names
    UNTOLD = "untold"  # nothing


class Parameter(msgspec.Struct, frozen=True):
    """One argument of an event: ``evt.arg.<name>``."""

    name: str
    meaning: Meaning
    at: int | None = None  # register of the call, from 0
    names: str = ""  # which names flags and choices have; which field


class EventType(msgspec.Struct, frozen=True):
    """A type of event that the kernel source makes."""

    name: str
    category: str  # evt.category
    parameters: tuple[Parameter, ...]  # in the order of evt.arg[n]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names for ``evt.arg``."""
        return tuple(each.name for each in self.parameters)

    def parameter(self, meaning: Meaning) -> Parameter | None:
        """Return the argument that means this, if there is one."""
        return next((each for each in self.parameters if each.meaning is meaning), None)


def parse(rows: str) -> Iterator[EventType]:
    """
    Yield the types of a table: name, category, arguments.

    An argument is ``name=meaning@register:names``; the parts after the meaning may be missing.
    A line that begins with a blank goes on with the one before; ``#`` begins a remark.
    """
    for row in rows.replace("\n ", " ").splitlines():
        words = row.partition("#")[0].split()
        if words:
            yield EventType(words[0], words[1], tuple(map(_parameter, words[2:])))


def _parameter(word: str) -> Parameter:
    name, _, told = word.partition("=")
    told, _, names = told.partition(":")
    meaning, _, at = told.partition("@")
    return Parameter(name, Meaning(meaning or "untold"), int(at) if at else None, names)
