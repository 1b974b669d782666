"""What a rule's author can ask from Python."""

from pathlib import Path

import pytest

import shikra
from shikra import testing


@pytest.mark.parametrize(
    ("condition", "fields", "holds"),
    [
        pytest.param("proc.name = cat", {"proc.name": ("CHARBUF", "cat")}, True, id="text"),
        pytest.param("proc.name = cat", {"proc.name": ("CHARBUF", b"cat")}, True, id="bytes"),
        pytest.param("proc.name = é", {"proc.name": ("CHARBUF", "é")}, True, id="not ASCII"),
        pytest.param("proc.name != cat", {"proc.name": ("CHARBUF", None)}, False, id="missing"),
        pytest.param("not proc.name = cat", {}, True, id="not declared"),
        pytest.param("my.own > 5", {"my.own": ("UINT8", 6)}, True, id="a field of one's own"),
        pytest.param("my.own[x] = 5", {"my.own[x]": ("INT32", 5)}, True, id="own with argument"),
        pytest.param("my.own in (a, b)", {"my.own": ("CHARBUF", ["a"])}, True, id="own list"),
        pytest.param("evt.type = openat", {"evt.type": ("CHARBUF", "openat")}, True, id="type"),
        pytest.param("evt.type != openat", {}, False, id="no type"),
        pytest.param("fd.sip = 10.0.0.1", {"fd.sip": ("IPV4ADDR", "10.0.0.1")}, True, id="address"),
        pytest.param("fd.snet = 10.0.0.0/8", {"fd.snet": ("IPNET", "10.0.0.1")}, True, id="net"),
        pytest.param("fd.ip = 10.0.0.1", {"fd.ip": ("IPADDR", ["::1", "10.0.0.1"])}, True, id="2"),
        pytest.param("fd.sport = https", {"fd.sport": ("PORT", 443)}, True, id="port"),
        pytest.param("evt.is_wait = true", {"evt.is_wait": ("BOOL", True)}, True, id="boolean"),
        pytest.param("proc.aname = sh", {"proc.aname": ("CHARBUF", "sh")}, True, id="one of many"),
        pytest.param("proc.aname[1] = sh", {"proc.aname[1]": ("CHARBUF", "sh")}, True, id="nth"),
        pytest.param(
            "evt.rawarg.res > 2 and evt.rawarg.name = x",
            {"evt.rawarg.res": ("ERRNO", 3), "evt.rawarg.name": ("FSPATH", "x")},
            True,
            id="arguments of different types",
        ),
        pytest.param("evt.rawarg.res < 0", {"evt.rawarg.res": ("DYN", -2)}, True, id="as it looks"),
        pytest.param("ka.verb = get", {"ka.verb": ("CHARBUF", "get")}, True, id="any source"),
    ],
)
def test_conditions_hold_of_values(
    condition: str, fields: dict[str, testing.Typed], *, holds: bool
) -> None:
    """A condition is evaluated on values as Python has them."""
    assert testing.evaluate(condition, fields) is holds


@pytest.mark.parametrize(
    ("condition", "fields", "told"),
    [
        pytest.param("proc.name =", {}, "expected", id="grammar"),
        pytest.param("proc.nmae = x", {}, 'did you mean "proc.name"', id="no such field"),
        pytest.param("some_macro", {}, "Undefined macro 'some_macro'", id="macro"),
        pytest.param("fd.num contains x", {}, "not supported for numeric", id="operator"),
        pytest.param("a.b = 1", {"a.b": ("INT46", 1)}, 'did you mean "INT64"', id="no such type"),
        pytest.param("a.b = 1", {"a.b": ("INT64", "x")}, "a.b: expected", id="no such value"),
        pytest.param("a.b = 1", {"a.b": ("INT64", b"1")}, "a.b: expected", id="bytes as number"),
        pytest.param("a.b = 1", {"a.b": ("CHARBUF", "\ud800")}, "Unicode", id="half a character"),
    ],
)
def test_mistakes_are_diagnostics(
    condition: str, fields: dict[str, testing.Typed], told: str
) -> None:
    """Whatever is wrong raises RuleError, whose diagnostics say what."""
    with pytest.raises(shikra.RuleError, match=r"(?s).") as caught:
        testing.evaluate(condition, fields)
    assert told in "\n".join(map(str, caught.value.diagnostics))


def test_all_mistakes_are_told() -> None:
    """Every mistake of a condition is told, each with its place."""
    with pytest.raises(shikra.RuleError) as caught:
        testing.evaluate("proc.nmae = x\nor fd.nmae = y", {})
    spans = [one.span for one in caught.value.diagnostics]
    assert [(span.line, span.column) for span in spans if span] == [(1, 1), (2, 4)]


def test_conditions_print_canonically() -> None:
    """Parsing gives Falco's text; what fields and macros are isn't asked."""
    assert testing.parse("a  and( x.y = 'b c' or z )") == '(a and (x.y = "b c" or z))'


def test_event_types_are_found() -> None:
    """Event types are those with which a condition may hold."""
    assert testing.event_types("evt.type in (open, openat) and not evt.type = open") == {"openat"}
    assert "ptrace" in testing.event_types("proc.name = cat")
    with pytest.raises(shikra.RuleError, match="unknown event type opne"):
        testing.event_types("evt.type = opne")


def test_outputs_are_printed() -> None:
    """A template is filled as a rule's output is; what is missing prints as such."""
    fields: dict[str, testing.Typed] = {
        "proc.name": ("CHARBUF", "cat"),
        "fd.sip": ("IPADDR", "::1"),
        "my.list": ("CHARBUF", ["a", "b"]),
    }
    template = "%proc.name %toupper(proc.name) %fd.sip %my.list %fd.name|%5proc.name|"
    assert testing.format(template, fields) == "cat CAT ::1 (a,b) <NA>|cat  |"
    with pytest.raises(shikra.RuleError, match="did you mean"):
        testing.format("%proc.nmae", fields)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("UINT8", 255, id="8 bits"),
        pytest.param("UID", 4294967295, id="a user"),
        pytest.param("UINT64", 18446744073709551615, id="64 bits"),
    ],
)
def test_a_number_has_the_bits_of_its_type(kind: str, value: int) -> None:
    """Minus one is the greatest unsigned number of a type."""
    assert testing.evaluate("a.number = -1", {"a.number": (kind, value)})


GUIDE = Path(__file__).resolve().parents[1] / "docs/how-to/test-rules-from-pytest.md"


def test_the_guides_example_works(tmp_path: Path) -> None:
    """The tests that the guide shows pass as they stand there."""
    example = GUIDE.read_text().partition("```python\n")[2].partition("```")[0]
    path = tmp_path / "test_example.py"
    path.write_text(example)
    without = [word for name in ("cacheprovider", "asyncio") for word in ("-p", f"no:{name}")]
    assert pytest.main([str(path), "-q", "-c", "/dev/null", *without]) == 0
