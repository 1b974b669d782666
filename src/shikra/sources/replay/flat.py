"""
Turn a flat mapping of field names to values into an event.

In: what a rule test writes or a recording holds: ``{"evt.type": "openat", "fd.name": "/x"}``.
Out: an ``Event`` that answers as a live one does, also under its file's real path. Only
``evt.type`` must be there, of system calls; a field that isn't has no value. A few fields can't
be printed, and so aren't recorded, or follow from others: the parts of a path, the networks of
addresses, and all that is said of the time: nanoseconds since the epoch, as in Falco's JSON.
Mistakes are collected into one ``FlatError``, of very many the first.
"""

import difflib
import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shikra.model import event_types, time_readers
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.event import Event, Reader, Readers
from shikra.model.field import Argument, Reference, locate
from shikra.model.fields import CATALOGUE
from shikra.model.process import Process
from shikra.model.time_readers import WRITTEN
from shikra.model.value import Value
from shikra.sources.replay.convert import ConversionError, convert

_DEFAULT_SOURCE = "syscall"
_TYPES = {_DEFAULT_SOURCE: event_types.NAMES, **event_types.OTHER_SOURCES}
_SOURCE = "source"  # what Falco's JSON calls evt.source
_MAX_MISTAKES = 20
_MAX_SHOWN = 60
_MAX_MISSPELT = 64
_MAX_REMEMBERED = 256
_METADATA = ("container.name", "container.image", "container.image.repository", "k8s.pod.name")

Part = Callable[[Event, bytes], Value]
"""Makes a field's value of the file's name in force."""


class Mistake(msgspec.Struct, frozen=True):
    """What is wrong with one field."""

    field: str  # as it was written
    message: str
    hint: str = ""


class FlatError(Exception):
    """The mapping is no event."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        """Carry all mistakes."""
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


def read(values: Mapping[str, Any]) -> Event:
    """Return the event that has these values, named and written as Falco names and prints them."""
    mistakes: list[Mistake] = []
    data: dict[str, Value] = {}
    for name, raw in values.items():
        if len(mistakes) >= _MAX_MISTAKES:
            break
        reference = _located("evt.source" if name == _SOURCE else name)
        if reference is None:
            mistakes.append(_unknown(name, raw))
            continue
        if reference.field.name in WRITTEN and type(raw) is int:
            reference = _RAW_TIME  # as JSON has them
        wrong = _wrong_argument(reference)
        try:
            value = convert(reference, raw)
        except ConversionError as error:
            wrong = wrong or f"{name}: expected {error}, found {_shown(raw)}"
            value = None
        if wrong:
            mistakes.append(Mistake(name, wrong))
        data[reference.name] = value
    mistakes += _wrong_type(data)
    if mistakes:
        raise FlatError(tuple(mistakes))
    return _event(data)


def _located(name: str) -> Reference | None:
    return _remembered(name) if len(name) <= _MAX_REMEMBERED else locate(CATALOGUE, name)


@functools.lru_cache(maxsize=4096)  # a file names the same few again and again
def _remembered(name: str) -> Reference | None:
    return locate(CATALOGUE, name)


def _unknown(name: str, raw: Any) -> Mistake:
    if isinstance(raw, dict):
        hint = f'an event is flat: write "{name}.…" for each of its fields'
    else:
        hint = _near(name, CATALOGUE)
    return Mistake(name, f'unknown field "{name}"', hint)


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _wrong_argument(reference: Reference) -> str:
    field, argument = reference.field, reference.argument
    if argument is None:
        return f"{field.name} needs an argument" if field.argument is Argument.REQUIRED else ""
    if field.argument is Argument.NONE:
        return f"{field.name} takes no argument"
    if field.argument_is_index and not argument.isdecimal():
        return f"the argument of {field.name} is a number"
    return ""


def _wrong_type(data: dict[str, Value]) -> list[Mistake]:
    """Say what is wrong with source and type; a source's only type needn't be written."""
    source = _text(data, "evt.source") or _DEFAULT_SOURCE
    types = _TYPES.get(source)
    if types is None:
        return [Mistake("evt.source", f'unknown source "{source}"', _near(source, _TYPES))]
    if "evt.type" not in data and len(types) == 1:
        data["evt.type"] = next(iter(types)).encode()
    if "evt.type" not in data:
        return [Mistake("evt.type", "evt.type is missing")]
    name = _text(data, "evt.type")
    if name in types:
        return []
    return [Mistake("evt.type", f'unknown event type "{name}"', _near(name, types))]


def _near(name: str, known: Any) -> str:
    if len(name) > _MAX_MISSPELT:
        return ""  # comparing takes long, and nobody misspelt that
    close = difflib.get_close_matches(name, known, n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def _event(data: dict[str, Value]) -> Event:
    kind = _text(data, "evt.type")
    time_ns = data.get(_RAW_TIME.name)
    data.setdefault("evt.source", _DEFAULT_SOURCE.encode())
    data.setdefault("evt.dir", b"<")  # only ends of calls are events
    event = Event(
        _text(data, "evt.source") or _DEFAULT_SOURCE,
        kind,
        time_ns if isinstance(time_ns, int) else 0,
        _READERS,
    )
    event.data = data
    event.fields.update((name, data[name]) for name in data.keys() - _COMPUTED)
    event.process = _process(data)
    event.container = _container(data)
    made = event_types.PRODUCED.get(kind)
    name, real = data.get("fd.name"), data.get("fd.realpath")
    if made and made.category == "file":
        event.path = name if isinstance(name, bytes) else None
        event.real_path = real if isinstance(real, bytes) else None
    return event


def _process(data: Mapping[str, Value]) -> Process:
    """Make of the process what an alert says beside the fields: its creators' names."""
    names = data.get("proc.lineage") or data.get("proc.aname") or data.get("proc.pname")
    creators = names if isinstance(names, tuple) else (names,)
    creator = None
    for number, name in enumerate(reversed(creators), start=1):
        if isinstance(name, bytes):
            creator = Process(id=number, pid=number, name=name, creator=creator)
    pid, name = data.get("proc.pid"), data.get("proc.name")
    return Process(
        id=0,
        pid=pid if isinstance(pid, int) else 0,
        name=name if isinstance(name, bytes) else b"",
        creator=creator,
        is_inferred=data.get("proc.lineage_inferred") is True,
    )


def _container(data: Mapping[str, Value]) -> Container:
    name = _text(data, "container.full_id") or _text(data, "container.id")
    if name in {"", HOST.id}:
        return HOST
    known = any(data.get(field) is not None for field in _METADATA)
    return Container(
        key=1,
        full_id=name,
        knowledge=Knowledge.KNOWN if known else Knowledge.UNKNOWN,
        name=_text(data, "container.name"),
        namespace=_text(data, "k8s.ns.name"),
        pod_name=_text(data, "k8s.pod.name"),
    )


def _text(data: Mapping[str, Value], name: str) -> str:
    value = data.get(name)
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _given(name: str) -> Reader:
    """Return the reader of a value that was put in as it is."""

    def read_given(event: Event, argument: str | None) -> Value:
        values: dict[str, Value] = event.data
        return values.get(name if argument is None else f"{name}[{argument}]")

    return read_given


def _of_time(name: str) -> Reader:
    """Return the reader of what follows from the time, unless it was put in or there is none."""
    given, written = _given(name), time_readers.READERS[name]

    def read_time(event: Event, argument: str | None) -> Value:
        is_given = name in event.data or _RAW_TIME.name not in event.data
        return (given if is_given else written)(event, argument)

    return read_time


def _of_path(name: str, part: Part) -> Reader:
    """Return the reader of what follows from the file's name in force."""
    given = _given(name)

    def read_part(event: Event, argument: str | None) -> Value:
        return given(event, argument) if event.path is None else part(event, event.path)

    return read_part


def _or_of(name: str, *others: str) -> Reader:
    """Return the reader of a value that, if not put in, is the others' together."""
    any_of = CATALOGUE[name].any_of

    def read_others(event: Event, _argument: str | None) -> Value:
        values: dict[str, Value] = event.data
        if name in values:
            return values[name]
        found = tuple(value for other in others if (value := values.get(other)) is not None)
        if not found:
            return None
        return found if any_of else found[0]

    return read_others


def _whole(_event: Event, path: bytes) -> Value:
    return path


def _directory(event: Event, path: bytes) -> bytes:
    if _is_directory(event):
        return path
    above, slash, _ = path.rpartition(b"/")
    return above or slash or b"."


def _filename(event: Event, path: bytes) -> Value:
    return None if _is_directory(event) else path.rpartition(b"/")[2]


def _in_container(event: Event, path: bytes) -> Value:
    return event.container.id.encode() + b":" + path


def _directory_in_container(event: Event, path: bytes) -> Value:
    return _in_container(event, _directory(event, path))


def _is_directory(event: Event) -> bool:
    values: dict[str, Value] = event.data
    return values.get("fd.type") == b"directory"


_COMPUTED = frozenset(
    name for name, field in CATALOGUE.items() if field.is_path and name != "fd.name"
)
"""What follows from the file's name; that name itself is, of the event as read, as it was put."""

_RAW_TIME = Reference(CATALOGUE["evt.rawtime"], None)

_READERS: Readers = {
    **{name: _given(name) for name in CATALOGUE},
    **{name: _of_time(name) for name in time_readers.READERS},
    "evt.type.is": lambda event, argument: int(event.type == argument),
    "fd.name": _of_path("fd.name", _whole),
    "fs.path.name": _of_path("fs.path.name", _whole),
    "fd.directory": _of_path("fd.directory", _directory),
    "fd.filename": _of_path("fd.filename", _filename),
    "fd.containername": _of_path("fd.containername", _in_container),
    "fd.containerdirectory": _of_path("fd.containerdirectory", _directory_in_container),
    "fd.ip": _or_of("fd.ip", "fd.lip", "fd.rip"),
    "fd.port": _or_of("fd.port", "fd.lport", "fd.rport"),
    "fd.net": _or_of("fd.net", "fd.lip", "fd.rip"),
    "fd.cnet": _or_of("fd.cnet", "fd.cip"),
    "fd.snet": _or_of("fd.snet", "fd.sip"),
    "fd.lnet": _or_of("fd.lnet", "fd.lip"),
    "fd.rnet": _or_of("fd.rnet", "fd.rip"),
}
