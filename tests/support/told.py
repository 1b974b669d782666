"""
The event of a rule test as the kernel tells it: a call's record, and the process that made it.

In: an event that has fields alone. Out: one whose fields the kernel source's readers read of a
record made after them; what enrichment fills is as the test says. Where two fields of a test say
different things (a command line and its arguments), the one that a record is made of counts.
"""

import os
import stat
from collections.abc import Mapping
from typing import Any

from shikra.model import event_types
from shikra.model.event import Event, Reader, Readers
from shikra.model.event_type import Meaning
from shikra.model.field import Filled
from shikra.model.fields import CATALOGUE
from shikra.model.names_of_flags import TABLES
from shikra.model.process import Process
from shikra.model.value import Value
from support.kernel_records import call_event

_FAMILIES = {b"unix": 1, b"ipv4": 2, b"ipv6": 10}
_MODES = {b"file": stat.S_IFREG, b"directory": stat.S_IFDIR}
_PID = 700


def told(flat: Event) -> Event:
    """Return the same event as the kernel tells it."""
    given: Mapping[str, Value] = flat.data
    process = _process(given)
    event = call_event(
        flat.type,
        **_numbers(flat, given),
        **_texts(flat, given),
        **_socket(given),
        process_of=process,
        pid=process.pid,
    )
    event.container = flat.container
    event.real_path = flat.real_path
    event.fields.readers = {**event.fields.readers, **_enriched(given)}
    return event


def _enriched(given: Mapping[str, Value]) -> Readers:
    """Read what enrichment fills as it is given."""

    def reader(value: Value) -> Reader:
        return lambda _event, _argument: value

    names = (name for name in given if name in CATALOGUE)
    return {
        name: reader(given[name]) for name in names if CATALOGUE[name].filled is Filled.ENRICHMENT
    }


def _numbers(flat: Event, given: Mapping[str, Value]) -> dict[str, Any]:
    members = {"result": "evt.rawres", "tty": "proc.tty", "euid": "user.uid"}
    numbers = {member: given.get(name, 0) for member, name in members.items()}
    return numbers | {"arguments": _registers(flat, given)}


def _registers(flat: Event, given: Mapping[str, Value]) -> list[int]:
    """Return the registers of the call, from its arguments by name."""
    registers = [0] * 6
    for each in event_types.PRODUCED[flat.type].parameters:
        value = given.get(f"evt.arg[{each.name}]")
        if value is None and each.meaning is Meaning.OPEN_FLAGS:
            value = _access(given)
        if isinstance(value, bytes) and each.names in TABLES:
            named = value.decode().split("|")
            value = sum(flag.bits for flag in TABLES[each.names] if flag.name in named)
        if each.at is not None and isinstance(value, int):
            registers[each.at] = value
    return registers


def _access(given: Mapping[str, Value]) -> int:
    if given.get("evt.is_open_write"):
        return os.O_RDWR if given.get("evt.is_open_read") else os.O_WRONLY
    return os.O_RDONLY


def _texts(flat: Event, given: Mapping[str, Value]) -> dict[str, Any]:
    path = flat.path or given.get("fs.path.name") or given.get("fs.path.source")
    if path is None:
        return {"name": given.get("fd.name")} if given.get("fd.type") == b"unix" else {}
    return {
        "name": given.get("fd.nameraw") or given.get("fs.path.nameraw") or path,
        "path": path,
        "real": flat.real_path,
        "target": given.get("fs.path.target"),
        "file_mode": _MODES.get(given.get("fd.type"), 0),  # type: ignore[call-overload]
        "inode": 1 if "fd.type" in given else 0,
    }


def _socket(given: Mapping[str, Value]) -> dict[str, Any]:
    family = _FAMILIES.get(given.get("fd.type"))  # type: ignore[call-overload]
    if family is None:
        return {}
    return {
        "socket_family": family,
        "remote_address": given.get("fd.rip") or b"",
        "remote_port": given.get("fd.rport") or 0,
        "local_address": given.get("fd.lip") or b"",
        "local_port": given.get("fd.lport") or 0,
    }


def _process(given: Mapping[str, Value]) -> Process:
    """Make a process, and its creators of the names that are given."""
    names = given.get("proc.lineage") or ()
    above = given.get("proc.aname") or (given["proc.pname"],) if "proc.pname" in given else ()
    assert isinstance(names, tuple)
    assert isinstance(above, tuple)
    chain = [*names, *above[len(names) :]]
    container = int(given.get("container.id", b"host") != b"host")
    creator: Process | None = None
    for number in reversed(range(len(chain))):
        creator = Process(
            id=number + 2,
            pid=_PID - number - 1,
            name=chain[number],
            creator=creator,
            container=container if number < len(names) else 0,
        )
    if creator is not None:
        creator.exepath = given.get("proc.pexepath") or b""
        creator.arguments = _arguments(creator.name, given.get("proc.pcmdline"))
        creator.had_terminal = bool(given.get("proc.below_terminal"))
    name = given.get("proc.name") or b""
    arguments = _arguments(name, given.get("proc.cmdline"))
    if "proc.exe" in given:
        arguments = (given["proc.exe"], *arguments[1:])
    return Process(
        id=1,
        pid=_PID,
        name=name,
        exepath=given.get("proc.exepath") or b"",
        arguments=arguments,
        creator=creator,
        container=container,
        in_init_tree=bool(given.get("proc.in_init_tree")),
        has_entered=bool(given.get("proc.entered")),
        exe_is_init=bool(given.get("proc.exe_is_init")),
    )


def _arguments(name: Value, line: Value) -> tuple[bytes, ...]:
    """Split a command line, whose first word is the process's name."""
    assert isinstance(name, bytes)
    if not isinstance(line, bytes):
        return ()
    assert line.startswith(name), line
    rest = line.removeprefix(name).strip()
    return (name, *(rest.split(b" ") if rest else ()))
