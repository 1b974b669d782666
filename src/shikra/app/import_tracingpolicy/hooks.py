"""
What Tetragon's hooks are in Shikra's events.

In: a hook. Out: its types of events, and what its arguments are by their index; nothing, if no
event is like it. Names of system calls stand with or without what an architecture puts before
them; a tracepoint's arguments are counted after the five fields that each of its kind begins with.
"""

import enum
import re
from collections.abc import Mapping

import msgspec

from shikra.app.import_tracingpolicy.policy import Hook, Kind
from shikra.model import event_type
from shikra.model.event_types import PRODUCED


class Sort(enum.Enum):
    """What an argument is."""

    FILE = "file"  # as the kernel found it
    PATH = "path"  # as the caller wrote it
    TEXT = "text"
    NUMBER = "number"
    FLAGS = "flags"  # of an open
    ACCESS = "access"  # what a file is used for
    SOCKET = "socket"
    ADDRESS = "address"  # that a socket is to be connected with


class Argument(msgspec.Struct, frozen=True):
    """An argument, and the field that holds it."""

    sort: Sort
    field: str = ""


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a hook is."""

    types: tuple[str, ...]
    terms: tuple[str, ...] = ()
    success: str = ""  # what holds if the call got as far as the hook; unknown before a denial
    arguments: Mapping[int, Argument] = {}
    is_start: bool = False  # of a program: the process is the new one in Shikra's event
    is_call: bool = False  # the return value is the call's
    can_be_denied: bool = False
    why_alert: str = ""  # why no rule about it enforces


_OPENS = ("open", "openat", "openat2", "creat", "open_by_handle_at")
_STARTS = ("execve", "execveat")
_OPENED = "evt.rawres >= 0"
_STARTED = "evt.rawres = 0"

_FILE = Argument(Sort.FILE, "fd.name")
_OPEN = Meaning(types=_OPENS, success=_OPENED, arguments={0: _FILE}, can_be_denied=True)
_PERMISSION = Meaning(
    types=_OPENS,
    success=_OPENED,
    arguments={0: _FILE, 1: Argument(Sort.ACCESS)},
    can_be_denied=True,
    why_alert="Tetragon decides at each read and write, Shikra at the open: what opens a file and"
    " never reads it would be stopped as well, what got the descriptor from elsewhere wouldn't;"
    " to have it stopped at the open, add enforce",
)
_START = Meaning(
    types=_STARTS,
    success=_STARTED,
    arguments={0: Argument(Sort.FILE, "proc.exepath")},
    is_start=True,
    can_be_denied=True,
)
_IN_KERNEL: Mapping[str, Meaning] = {
    "file_open": _OPEN,
    "file_permission": _PERMISSION,
    "bprm_check": _START,
    "bprm_check_security": _START,
    "tcp_connect": Meaning(
        types=("connect",), terms=("fd.l4proto = tcp",), arguments={0: Argument(Sort.SOCKET)}
    ),
    "socket_connect": Meaning(
        types=("connect",), arguments={0: Argument(Sort.SOCKET), 1: Argument(Sort.ADDRESS)}
    ),
    "fd_install": msgspec.structs.replace(_OPEN, arguments={1: _FILE}),
}
_INSTEAD: Mapping[str, str] = {
    "mmap_file": "what maps a file has opened it: ask security_file_open",
    "path_truncate": "ask sys_truncate, or security_file_open for what opens it",
    "write": "what writes to a file has opened it: ask security_file_open",
    "read": "what reads a file has opened it: ask security_file_open",
}
"""What can be asked instead of what Shikra has no event for."""

_NAMED: Mapping[event_type.Meaning, Sort] = {
    event_type.Meaning.NAME: Sort.PATH,
    event_type.Meaning.TARGET: Sort.PATH,
    event_type.Meaning.TEXT: Sort.TEXT,
    event_type.Meaning.OPEN_FLAGS: Sort.FLAGS,
    **dict.fromkeys(
        (
            *(event_type.Meaning.NUMBER, event_type.Meaning.SIGNED, event_type.Meaning.SIZE),
            *(event_type.Meaning.USER, event_type.Meaning.GROUP, event_type.Meaning.SIGNAL),
        ),
        Sort.NUMBER,
    ),
}
_STARTED_BY: Mapping[str, Mapping[int, Argument]] = {
    "execve": {0: Argument(Sort.TEXT, "evt.arg.filename")},
    "execveat": {1: Argument(Sort.TEXT, "evt.arg.filename")},
}
_CALL = re.compile(r"(?:__(?:x64|arm64|ia32|se|do)_)?sys_(\w+)")
_TRACEPOINT = re.compile(r"syscalls/sys_(?:enter|exit)_(\w+)")
_FIELDS_BEFORE = 5


def meaning(hook: Hook) -> Meaning | None:
    """Return what a hook is; nothing if Shikra has no such event."""
    if hook.kind is Kind.TRACEPOINT:
        if hook.call == "sched/sched_process_exec":
            return msgspec.structs.replace(_START, arguments={})
        found = _TRACEPOINT.fullmatch(hook.call)
        return _call(found[1], _FIELDS_BEFORE) if found else None
    if hook.kind is not Kind.LSM and (called := _CALL.fullmatch(hook.call)):
        return _call(called[1], 0)
    return _IN_KERNEL.get(hook.call.removeprefix("security_"))


def instead(hook: Hook) -> str:
    """Return what can be asked instead of a hook that is nothing here."""
    called = _CALL.fullmatch(hook.call)
    return _INSTEAD.get(called[1] if called else hook.call.removeprefix("security_"), "")


def _call(name: str, before: int) -> Meaning | None:
    known = PRODUCED.get(name)
    if known is None:
        return None
    return Meaning(
        types=(name,),
        arguments={
            each.at + before: Argument(_NAMED[each.meaning], _field(known, each))
            for each in known.parameters
            if each.at is not None and each.meaning in _NAMED
        }
        | {index + before: argument for index, argument in _STARTED_BY.get(name, {}).items()},
        is_start=name in _STARTS,
        is_call=True,
        can_be_denied=name in _OPENS,
    )


def _field(known: event_type.EventType, each: event_type.Parameter) -> str:
    """Return the field that holds an argument of a call."""
    has_two = known.parameter(event_type.Meaning.TARGET) is not None
    match each.meaning:
        case event_type.Meaning.NAME if known.name in _OPENS:
            return "fd.name"
        case event_type.Meaning.NAME:
            return "fs.path.source" if has_two else "fs.path.name"
        case event_type.Meaning.TARGET:
            return "fs.path.target"
        case event_type.Meaning.TEXT:
            return f"evt.arg.{each.name}"
        case _:
            return f"evt.rawarg.{each.name}"
