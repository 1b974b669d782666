"""Output templates."""

import pytest

from shikra.backends.live.render import output_fields, render
from shikra.model.alert import OutputValue
from shikra.model.event import Event
from shikra.model.time_readers import READERS
from shikra.model.value import FieldType, Value
from shikra.rules.ir import Apply, Constant, Placeholder, Sequence, Transformer
from support.circuits import event, read


def field(name: str, width: int = 0) -> Placeholder:
    """Return a field's place in a template."""
    return Placeholder(name, read(name), width)


@pytest.mark.parametrize(
    ("name", "value", "printed", "typed"),
    [
        pytest.param("proc.name", b"cat", "cat", "cat", id="text"),
        pytest.param("proc.name", None, "<NA>", None, id="missing"),
        pytest.param("proc.name", b"", "", "", id="empty"),
        pytest.param("fd.name", b"/\xff\x1b[", "/\ufffd\x1b[", "/\ufffd\x1b[", id="no text"),
        pytest.param("proc.pid", 7, "7", 7, id="number"),
        pytest.param("proc.pid", -1, "-1", -1, id="negative"),
        pytest.param("proc.fdusage", 0.25, "0.2", 0.25, id="fraction"),
        pytest.param("evt.failed", True, "true", True, id="true"),
        pytest.param("evt.failed", False, "false", False, id="false"),
        pytest.param("fd.sip", b"\x7f\0\0\1", "127.0.0.1", "127.0.0.1", id="address"),
        pytest.param("fd.sip", bytes(15) + b"\1", "::1", "::1", id="address of version 6"),
        pytest.param("fd.sport", 443, "443", 443, id="port"),
        pytest.param("evt.buffer", b"a\0b\n", "a.b.", "a.b.", id="bytes"),
        pytest.param("proc.duration", 1500, "1500", 1500, id="duration"),
        pytest.param("proc.lineage", (b"sh", b"app"), "(sh,app)", ["sh", "app"], id="list"),
        pytest.param("proc.lineage", (), "<NA>", None, id="empty list"),
        pytest.param("proc.aname", (b"sh", b"app"), "sh app", "sh app", id="all creators"),
        pytest.param("proc.aname[1]", b"sh", "sh", "sh", id="one creator"),
        pytest.param("proc.apid", (7, 1), "7 1", "7 1", id="all creators' ids"),
    ],
)
def test_values_are_printed_by_their_type(
    name: str, value: Value, printed: str, typed: OutputValue
) -> None:
    """A message has text, JSON has numbers, truths and lists as such."""
    happened = event({read(name).name: value})
    assert render((field(name),), happened) == printed
    assert output_fields((field(name),), happened) == {name: typed}


@pytest.mark.parametrize(
    ("width", "printed"),
    [
        pytest.param(2, "[in]", id="cut"),
        pytest.param(6, "[init  ]", id="padded"),
        pytest.param(0, "[init]", id="as it is"),
    ],
)
def test_width_pads_and_cuts(width: int, printed: str) -> None:
    """A width holds for the message alone."""
    template = ("[", field("proc.name", width), "]")
    happened = event({"proc.name": b"init"})
    assert render(template, happened) == printed
    assert output_fields(template, happened) == {"proc.name": "init"}


def test_transformers_are_filled_in_and_what_they_read_is_a_field_too() -> None:
    """JSON has the transformed value under the name as written, and the values it was made of."""
    joined = Apply(
        Transformer.JOIN,
        (Constant(b"->"), Sequence((read("proc.name"), read("fd.name")))),
        FieldType.TEXT,
    )
    template = (Placeholder("join(->,(proc.name,fd.name))", joined), "!")
    happened = event({"proc.name": b"init", "fd.name": b"/x"})
    assert render(template, happened) == "init->/x!"
    assert output_fields(template, happened) == {
        "proc.name": "init",
        "fd.name": "/x",
        "join(->,(proc.name,fd.name))": "init->/x",
    }


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        pytest.param("evt.rawtime.ns", 42, "000000042", id="a fraction of a second"),
        pytest.param("fd.dev", 0x1F03, "1F03", id="a device"),
        pytest.param("proc.pid", 42, "42", id="any other number"),
    ],
)
def test_some_numbers_are_not_plain_decimals(name: str, value: int, text: str) -> None:
    """A message has a number in its field's notation, JSON the number itself."""
    happened = Event("syscall", "open", 0, {})
    happened.fields[name] = value
    assert render((field(name),), happened) == text
    assert output_fields((field(name),), happened) == {name: value}


def test_time_is_a_number_in_json() -> None:
    """Where a message has the time of day, JSON has nanoseconds since the epoch."""
    happened = Event("syscall", "open", 1_470_327_477_000_000_042, READERS)
    assert render((field("evt.time"),), happened).endswith(":57.000000042")
    assert output_fields((field("evt.time"), field("evt.rawtime.ns")), happened) == {
        "evt.time": 1_470_327_477_000_000_042,
        "evt.rawtime.ns": 42,
    }


def test_an_argument_is_read_under_whatever_name_it_was_written() -> None:
    """JSON keeps the spelling of the rule."""
    happened = event({"evt.arg[flags]": b"O_RDONLY"})
    assert output_fields((field("evt.arg.flags"),), happened) == {"evt.arg.flags": "O_RDONLY"}
