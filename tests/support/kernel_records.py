"""
Records as the probe would send them and events of them, with what a test cares about.

In: members by name. Out: a record whose other members are 0, or its event.
"""

import os
import struct
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from shikra.model import event, event_types, process
from shikra.model.event_type import Meaning
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers import READERS
from shikra.sources.kernel.readers.wrap import signed_32

_CREAT_FLAGS = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
_PATHLESS = ("execve", "connect", "bind", "sendto", "sendmsg", "recvfrom")
WALL_NS = 1_700_000_000_000_000_000

_T = TypeVar("_T", bound=records.Record | records.Circumstances)


def record(kind: type[_T], **values: Any) -> _T:
    """Return a record with these members."""
    zeros: dict[str, Any] = {"int": 0, "bytes": b""}
    members = {
        field.name: zeros[getattr(field.type, "__name__", "int")]
        for field in msgspec.structs.fields(kind)
    }
    return kind(**members | values)


def call(**values: Any) -> records.CallRecord:
    """Return a call; its texts are given by their names."""
    raw = b"\0"
    for text in (
        "name",
        "base",
        "target",
        "target_base",
        "text",
        "real",
        "inner",
        "root",
        "inodes",
        "cwd",
    ):
        data = values.pop(text, None)
        if data is not None:
            values |= {f"{text}_offset": len(raw), f"{text}_length": len(data)}
            raw += data
    arguments = values.pop("arguments", ())
    packed = b"".join((each & (1 << 64) - 1).to_bytes(8, "little") for each in arguments)
    values["arguments"] = packed.ljust(48, b"\0")
    for end in ("local", "remote"):
        address = values.get(f"{end}_address", b"")
        values[f"{end}_address"] = address.ljust(16, b"\0")
    return record(records.CallRecord, raw=raw, **values)


def executed(
    *arguments: bytes, exepath: bytes = b"", environment: bytes = b"", **values: Any
) -> records.ExecRecord:
    """Return an exec."""
    line = b"".join(each + b"\0" for each in arguments)
    return record(
        records.ExecRecord,
        raw=b"\0" + exepath + line + environment,
        exepath_offset=1,
        exepath_length=len(exepath),
        arguments_offset=1 + len(exepath),
        arguments_length=len(line),
        environment_offset=1 + len(exepath) + len(line),
        environment_length=len(environment),
        **values,
    )


def call_event(kind: str = "openat", /, **values: Any) -> event.Event:
    """Return the event of a call, as the kernel source makes it; a process made it."""
    made_by = values.pop("process_of", None) or process.Process(id=1, pid=values.get("pid", 7))
    path = values.pop("path", values.get("name"))
    made = event.Event("syscall", kind, WALL_NS + values.get("time_ns", 0), READERS)
    values = _as_planned(kind, values) | values
    made.real_path = values.get("real")
    made.path = None if kind in _PATHLESS else path
    made.process = made_by
    leaders = {name: values.pop(name, None) for name in ("session", "group")}
    leaders["find"] = values.pop("find", lambda _pid: None)
    leaders["has_new_peer"] = values.pop("has_new_peer", False)
    leaders["is_via_ring"] = values.pop("is_via_ring", False)
    leaders["circumstances"] = _circumstances(values)
    made.data = events.CallData(call(**values), 1, made_by.container, WALL_NS, **leaders)
    return made


def _circumstances(values: dict[str, Any]) -> Callable[[bytes], records.Circumstances]:
    """Take the circumstances out of the values; each of ``streams`` is mode, family and path."""
    names = {field.name for field in msgspec.structs.fields(records.Circumstances)} - {"raw"}
    told = {name: values.pop(name) for name in names & values.keys()}
    raw, streams = b"\0", b""
    for mode, family, path in told.pop("streams", ()):
        at = len(raw) if path is not None else 0
        streams += struct.pack("<2I2H", mode, family, at, len(path or b""))
        raw += path or b""
    told["streams"] = streams.ljust(36, b"\0")
    data = values.pop("data", None)
    if data is not None:
        told |= {"data_offset": len(raw), "data_length": len(data)}
        raw += data
    made = record(records.Circumstances, raw=raw, **told)
    return lambda _raw: made


def _as_planned(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the probe takes out of the registers, by the plan of the call."""
    made = event_types.PRODUCED[kind]
    registers = [*values.get("arguments", ()), *(0,) * 6]
    about, flags = made.parameter(Meaning.OBJECT), made.parameter(Meaning.OPEN_FLAGS)
    found: dict[str, Any] = {}
    if about is not None:
        held = values.get("result", 0) if about.at is None else registers[about.at]
        found["descriptor"] = signed_32(held)
    if flags is not None:
        found["open_flags"] = _CREAT_FLAGS if flags.at is None else registers[flags.at]
    return found
