"""A flat mapping becomes an event that answers as a live one."""

from typing import Any

import pytest

from shikra.model.container import Knowledge
from shikra.model.fields import CATALOGUE
from shikra.model.value import Value
from shikra.sources.replay import flat

OPEN: dict[str, Any] = {
    "evt.type": "openat",
    "evt.rawtime": 1_700_000_000_000_000_001,
    "evt.arg.flags": "O_RDONLY",
    "fd.name": "/mnt/link",
    "fd.realpath": "/mnt/secrets/key",
    "proc.name": "cat",
    "proc.lineage": ["sh", "bash"],
    "container.id": "0123456789ab",
    "k8s.pod.name": "app-1",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("proc.name", b"cat", id="given"),
        pytest.param("proc.exepath", None, id="not given"),
        pytest.param("evt.arg[flags]", b"O_RDONLY", id="given with a dot"),
        pytest.param("fd.name", b"/mnt/link", id="name"),
        pytest.param("fd.directory", b"/mnt", id="directory"),
        pytest.param("fd.filename", b"link", id="last part"),
        pytest.param("fd.containername", b"0123456789ab:/mnt/link", id="name in container"),
    ],
)
def test_fields_are_read(field: str, value: Value) -> None:
    """A field has its given value, what follows from the path, or none."""
    assert flat.read(OPEN).fields[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("fd.name", b"/mnt/secrets/key", id="name"),
        pytest.param("fd.directory", b"/mnt/secrets", id="directory"),
        pytest.param("fd.filename", b"key", id="last part"),
        pytest.param("proc.name", b"cat", id="what doesn't depend on the path"),
    ],
)
def test_the_real_path_is_a_second_name(field: str, value: Value) -> None:
    """Under the real path, the fields on the name follow it and the others stay."""
    [(_, twin)] = flat.read(OPEN).by_other_names()
    assert twin.fields[field] == value


def test_a_directory_is_its_own() -> None:
    """A directory's directory is itself, and it has no last part: as live."""
    event = flat.read({"evt.type": "open", "fd.type": "directory", "fd.name": "/a/b"})
    assert (event.fields["fd.directory"], event.fields["fd.filename"]) == (b"/a/b", None)


def test_a_connection_has_no_second_name() -> None:
    """The name of a socket isn't a path."""
    event = flat.read({"evt.type": "connect", "fd.name": "a->b", "fd.realpath": "/x"})
    assert event.fields["fd.name"] == b"a->b"
    assert list(event.by_other_names()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("fd.rnet", b"\x0a\0\0\1", id="one end's network"),
        pytest.param("fd.net", (b"\x7f\0\0\1", b"\x0a\0\0\1"), id="both ends' networks"),
        pytest.param("fd.port", (443,), id="the only port"),
        pytest.param("fd.snet", b"\1\2\3\4", id="given itself"),
    ],
)
def test_what_is_never_printed_follows(field: str, value: Value) -> None:
    """Fields that can't be recorded follow from those that can."""
    values = {"fd.lip": "127.0.0.1", "fd.rip": "10.0.0.1", "fd.rport": 443, "fd.snet": "1.2.3.4"}
    assert flat.read({"evt.type": "connect", **values}).fields[field] == value


def test_process_and_container_are_there_for_the_alert() -> None:
    """An event knows its time, its creators and how far its container is known."""
    event = flat.read(OPEN)
    assert event.process is not None
    assert [creator.name for creator in event.process.ancestors()] == [b"sh", b"bash"]
    assert (event.container.id, event.container.knowledge) == ("0123456789ab", Knowledge.KNOWN)
    assert event.time_ns == 1_700_000_000_000_000_001
    assert flat.read({"evt.type": "open"}).container.knowledge is Knowledge.HOST


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        pytest.param({"evt.time": 5}, "evt.rawtime", 5, id="number"),
        pytest.param({"evt.time.iso8601": 5}, "evt.rawtime", 5, id="number under another name"),
        pytest.param({"evt.time": 10**9 + 5}, "evt.rawtime.s", 1, id="its seconds"),
        pytest.param(
            {"evt.rawtime": 5},
            "evt.time.iso8601",
            b"1970-01-01T00:00:00.000000005+0000",
            id="as text",
        ),
        pytest.param({"evt.time": "now"}, "evt.time", b"now", id="text stays"),
        pytest.param({"evt.time": "now"}, "evt.rawtime", None, id="text isn't understood"),
        pytest.param({}, "evt.time", None, id="none"),
        pytest.param(
            {"source": "syscall", "evt.type": "open"}, "evt.source", b"syscall", id="source"
        ),
        pytest.param({}, "evt.source", b"syscall", id="source unless said"),
        pytest.param({"source": "k8s_audit"}, "evt.type", b"pluginevent", id="a source's type"),
        pytest.param({}, "evt.dir", b"<", id="direction"),
    ],
)
def test_what_falcos_json_says_of_an_event_is_understood(
    values: dict[str, Any], field: str, value: Value
) -> None:
    """Time is a number under each of its names, and ``source`` the event's source."""
    type_of_calls = {} if "source" in values else {"evt.type": "open"}
    event = flat.read(type_of_calls | values)
    assert event.fields[field] == value
    assert event.source == values.get("source", "syscall")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"proc.nmae": "x"}, 'unknown field "proc.nmae"', id="unknown field"),
        pytest.param({"evt.arg": "x"}, "evt.arg needs an argument", id="argument missing"),
        pytest.param({"proc.pid[1]": "x"}, "proc.pid takes no argument", id="argument too many"),
        pytest.param({"proc.aname[x]": "x"}, "is a number", id="argument of another type"),
        pytest.param({"evt.type": "opne"}, 'unknown event type "opne"', id="unknown type"),
        pytest.param({"source": "k8s"}, 'unknown source "k8s"', id="unknown source"),
        pytest.param({"proc.tty": "x"}, "proc.tty: expected a whole number", id="wrong value"),
    ],
)
def test_mistakes_are_named(values: dict[str, Any], message: str) -> None:
    """What isn't an event is refused with the field that is wrong."""
    with pytest.raises(flat.FlatError, match=message):
        flat.read({"evt.type": "open", **values})


def test_all_mistakes_are_collected() -> None:
    """One reading names every mistake, with a hint where one is near."""
    with pytest.raises(flat.FlatError) as raised:
        flat.read({"proc.nmae": "x", "proc.tty": "x"})
    assert [mistake.field for mistake in raised.value.mistakes] == [
        "proc.nmae",
        "proc.tty",
        "evt.type",
    ]
    assert raised.value.mistakes[0].hint == 'did you mean "proc.name"?'


def test_every_field_of_the_catalogue_has_a_reader() -> None:
    """Whatever a rule may name, an event from a file can hold."""
    assert set(flat.read(OPEN).fields.readers) == set(CATALOGUE)
