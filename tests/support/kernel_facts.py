"""
What the kernel would know of an event, for the reference of its tables.

In: an event that was made of a call's record, and tables. Out: its ``Facts``, as the probe has
them when it knows everything.
"""

import stat
from collections.abc import Iterable, Mapping

import msgspec

from shikra.backends.kernel.interpret import (
    Facts,
    ImageBits,
    Name,
    image_bits,
    together,
)
from shikra.backends.live.predicate import predicate
from shikra.model.event import Event, Fields
from shikra.model.kernel_tables import (
    ContainerBits,
    ImageField,
    KernelTables,
    Relation,
    View,
)
from shikra.model.process import Executable, Process
from shikra.rules.ir import Atom
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers import evt, files, sockets

_AF_INET = 2
_MAPPED = bytes(10) + b"\xff\xff"
_NEAREST = (Relation.PARENT, Relation.GRANDPARENT, Relation.THIRD)


def facts(event: Event, tables: KernelTables, container_atoms: Iterable[Atom]) -> Facts:
    """Return what there is to know."""
    call: records.CallRecord = event.data.call
    process = event.process
    assert process is not None
    real = event.real_path if event.real_path != event.path else None
    return Facts(
        event_type=event.type,
        related=_related(process, tables),
        process_flags=_flags(process),
        container=_container(event.fields, container_atoms),
        members=_members(event, call),
        has=_has(event, call),
        flags=frozenset(),
        opened=_name(event.path, call),
        real=None if real is None else _name(real, call),
    )


def _related(process: Process, tables: KernelTables) -> Mapping[Relation, ImageBits]:
    creators = [_bits(each, tables) for each in process.ancestors()]
    found = {relation: ImageBits() for relation in Relation}
    found[Relation.SELF] = _bits(process, tables)
    found.update(zip(_NEAREST, creators, strict=False))
    found[Relation.ANY] = together(creators)
    found[Relation.LINEAGE] = together(_bits(each, tables) for each in process.lineage())
    return found


def _bits(process: Process, tables: KernelTables) -> ImageBits:
    texts: dict[ImageField, bytes | None] = {
        ImageField.NAME: process.name,
        ImageField.EXEPATH: process.exepath,
        ImageField.EXE: process.exe,
        ImageField.ARGS: b"\0".join(process.arguments[1:]),
        ImageField.CMDLINE: b"\0".join((process.name, *process.arguments[1:])),
    }
    return image_bits(tables, texts)


def _flags(process: Process) -> frozenset[str]:
    flags = {
        "PROCESS_ENTERED": process.has_entered,
        "PROCESS_IN_INIT_TREE": process.in_init_tree,
        "PROCESS_EXE_IS_INIT": process.exe_is_init,
        "PROCESS_INFERRED": process.is_inferred,
    } | _executable_flags(process.executable)
    return frozenset(name for name, is_set in flags.items() if is_set)


def _executable_flags(executable: Executable | None) -> Mapping[str, bool | None]:
    if executable is None or executable.is_upper_layer is None:
        return {}
    return {
        "PROCESS_EXE_TOLD": True,
        "PROCESS_EXE_WRITABLE": executable.is_writable,
        "PROCESS_EXE_WRITABLE_UNKNOWN": executable.is_writable is None,
        "PROCESS_EXE_UPPER_LAYER": executable.is_upper_layer,
        "PROCESS_EXE_LOWER_LAYER": executable.is_lower_layer,
        "PROCESS_EXE_FROM_MEMFD": executable.is_from_memfd,
    }


def _container(fields: Fields, container_atoms: Iterable[Atom]) -> ContainerBits:
    holds = (predicate(atom)(fields) for atom in container_atoms)
    return ContainerBits(sum(bool(bit) << number for number, bit in enumerate(holds)))


def _members(event: Event, call: records.CallRecord) -> dict[str, int | bytes]:
    found: dict[str, int | bytes] = {
        field.name: getattr(call, field.name)
        for field in msgspec.structs.fields(call)
        if field.name != "raw"
    }
    found |= {f"arguments_{index}": call.argument(index) for index in range(6)}
    found["open_flags"] = evt.open_flags(event) or 0  # the probe has them of every open
    is_mapped = any(end[:12] == _MAPPED for end in (call.remote_address, call.local_address))
    for end in ("local_address", "remote_address"):
        address: bytes = getattr(call, end)
        if call.socket_family == _AF_INET:
            address = _MAPPED + address[:4]
        elif is_mapped:  # both ends are, or one of them is the unspecified address
            address = _MAPPED + address[12:]
        found[end] = address
    return found


def _has(event: Event, call: records.CallRecord) -> frozenset[str]:
    local, remote = sockets.local(call), sockets.remote(call)
    has = {
        "HAS_DESCRIPTOR": files.descriptor(event) is not None,
        "HAS_FILE": call.file_mode != 0,
        "HAS_LOCAL": local is not None and local.is_known,
        "HAS_REMOTE": remote is not None and remote.is_known,
    }
    return frozenset(name for name, holds in has.items() if holds)


def _name(path: bytes | None, call: records.CallRecord) -> Name:
    """Cut a path into the texts of its views; a directory is its own, and has no last part."""
    target = events.target(call)
    texts = {} if target is None else {View.TARGET: target}
    if path is None:
        return Name(texts)
    texts[View.PATH] = path
    above, slash, last = path.rpartition(b"/")
    if stat.S_ISDIR(call.file_mode):
        texts[View.DIRECTORY] = path
        return Name(texts)
    texts[View.FILENAME] = last
    if above or slash:
        texts[View.DIRECTORY] = above or slash
    return Name(texts)
