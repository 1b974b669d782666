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
from shikra.model.event_types import PRODUCED


class Sort(enum.Enum):
    """What an argument is."""

    FILE = "file"  # as the kernel found it
    PATH = "path"  # as the caller wrote it
    FLAGS = "flags"  # of an open
    ACCESS = "access"  # what a file is used for
    SOCKET = "socket"


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a hook is."""

    types: tuple[str, ...]
    terms: tuple[str, ...] = ()
    success: str = ""  # what holds if the call got as far as the hook; unknown before a denial
    arguments: Mapping[int, Sort] = {}
    file: str = "fd.name"
    is_start: bool = False  # of a program: the process is the new one in Shikra's event
    is_call: bool = False  # the return value is the call's
    can_be_denied: bool = False
    why_alert: str = ""  # why no rule about it enforces


_OPENS = ("open", "openat", "openat2", "creat", "open_by_handle_at")
_STARTS = ("execve", "execveat")
_OPENED = "evt.rawres >= 0"
_STARTED = "evt.rawres = 0"

_OPEN = Meaning(types=_OPENS, success=_OPENED, arguments={0: Sort.FILE}, can_be_denied=True)
_PERMISSION = Meaning(
    types=_OPENS,
    success=_OPENED,
    arguments={0: Sort.FILE, 1: Sort.ACCESS},
    can_be_denied=True,
    why_alert="Tetragon decides at each read and write, Shikra at the open: what opens a file and"
    " never reads it would be stopped as well, what got the descriptor from elsewhere wouldn't;"
    " to have it stopped at the open, add enforce",
)
_START = Meaning(
    types=_STARTS,
    success=_STARTED,
    arguments={0: Sort.FILE},
    file="proc.exepath",
    is_start=True,
)
_IN_KERNEL: Mapping[str, Meaning] = {
    "file_open": _OPEN,
    "file_permission": _PERMISSION,
    "bprm_check": _START,
    "bprm_check_security": _START,
    "tcp_connect": Meaning(
        types=("connect",), terms=("fd.l4proto = tcp",), arguments={0: Sort.SOCKET}
    ),
    "fd_install": Meaning(
        types=_OPENS, success=_OPENED, arguments={1: Sort.FILE}, can_be_denied=True
    ),
}
_ARGUMENTS: Mapping[str, Mapping[int, Sort]] = {
    "open": {0: Sort.PATH, 1: Sort.FLAGS},
    "creat": {0: Sort.PATH},
    "openat": {1: Sort.PATH, 2: Sort.FLAGS},
    "openat2": {1: Sort.PATH},
    "execve": {0: Sort.PATH},
    "execveat": {1: Sort.PATH},
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


def _call(name: str, before: int) -> Meaning | None:
    if name not in PRODUCED:
        return None
    arguments = {index + before: sort for index, sort in _ARGUMENTS.get(name, {}).items()}
    return Meaning(
        types=(name,),
        arguments=arguments,
        file="evt.arg.filename" if name in _STARTS else "fd.name",
        is_start=name in _STARTS,
        is_call=True,
        can_be_denied=name in _OPENS,
    )
