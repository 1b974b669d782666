"""What each operator says of each kind of value."""

import pytest

from shikra.backends.live.compile import compile_rules
from shikra.backends.live.predicate import predicate
from shikra.model.value import FieldType, Value
from shikra.rules.ir import (
    Apply,
    Atom,
    Constant,
    Network,
    Op,
    Operand,
    Quantifier,
    Sequence,
    Transformer,
)
from support.circuits import atom, event, read, ruleset

YES, NO = True, False
ONE, ANY, ALL = Quantifier.ONE, Quantifier.ANY, Quantifier.ALL
LOOPBACK = Network(b"\x7f\0\0\0", 8)
LOCAL6 = Network(bytes(16), 0)


def row(name: str, value: Value, op: Op, *right: object, **rest: object) -> object:
    """Return a row: a field, its value, and the comparison; it holds unless told otherwise."""
    holds = rest.pop("holds", True)
    id_ = rest.pop("id")
    return pytest.param(value, atom(name, op, *right, **rest), holds, id=id_)  # type: ignore[arg-type]


ROWS = [
    row("proc.name", b"nc", Op.EQ, b"nc", id="equal"),
    row("proc.name", b"nca", Op.EQ, b"nc", holds=False, id="longer isn't equal"),
    row("proc.name", b"NC", Op.EQ, b"nc", holds=False, id="case matters"),
    row("proc.name", b"nca", Op.NE, b"nc", id="not equal"),
    row("proc.name", b"", Op.EQ, b"", id="empty is a value"),
    row("proc.name", None, Op.NE, b"nc", holds=False, id="missing is not unequal"),
    row("proc.name", None, Op.EXISTS, holds=False, id="missing doesn't exist"),
    row("proc.name", b"", Op.EXISTS, id="empty exists"),
    row("proc.name", b"b", Op.LT, b"c", id="text is ordered"),
    row("proc.name", b"Z", Op.LT, b"a", id="by its bytes"),
    row("proc.name", b"\xc3\xa4", Op.GT, b"z", id="of which those beyond ASCII come last"),
    row("proc.name", b"nc", Op.GE, b"nc", id="at least itself"),
    row("proc.name", None, Op.GE, b"nc", holds=False, id="missing has no order"),
    row("proc.name", b"netcat", Op.CONTAINS, b"tca", id="contains"),
    row("proc.name", b"netcat", Op.CONTAINS, b"", id="everything contains nothing"),
    row("proc.name", b"netcat", Op.CONTAINS, b"TCA", holds=False, id="contains by case"),
    row("proc.name", b"NetCat", Op.ICONTAINS, b"TCA", id="contains in any case"),
    row(
        "proc.name",
        "NÄ".encode(),
        Op.ICONTAINS,
        "ä".encode(),
        holds=False,
        id="case is that of ASCII",
    ),
    row("proc.name", b"netcat", Op.STARTSWITH, b"net", id="starts with"),
    row("proc.name", b"netcat", Op.ENDSWITH, b"cat", id="ends with"),
    row("proc.name", None, Op.ENDSWITH, b"", holds=False, id="missing has no end"),
    row("proc.name", b"nc", Op.IN, b"nc", b"ncat", id="in"),
    row("proc.name", b"nca", Op.IN, b"nc", b"ncat", holds=False, id="not in"),
    row("proc.name", b"nc", Op.IN, holds=False, id="in nothing"),
    row("proc.name", None, Op.IN, b"nc", holds=False, id="missing is in no list"),
    row("proc.name", b"nc", Op.INTERSECTS, b"nc", id="intersects"),
    row("fd.name", b"/a/b/c", Op.GLOB, b"/a/*c", id="star crosses slashes"),
    row("fd.name", b"/a/.b", Op.GLOB, b"/a/*", id="star takes a leading dot"),
    row("fd.name", b"/a\xff", Op.GLOB, b"/a?", id="question mark is any byte"),
    row("fd.name", b"/A", Op.GLOB, b"/a", holds=False, id="glob by case"),
    row("fd.name", b"/A", Op.IGLOB, b"/a", id="glob in any case"),
    row("fd.name", b"/etc/shadow", Op.REGEX, b"/etc/(shadow|passwd)", id="regex"),
    row("fd.name", b"/etc/shadow", Op.REGEX, b"/etc", holds=False, id="regex is the whole"),
    row("fd.name", b"/\xff", Op.REGEX, b"/.", id="regex sees one character for a bad byte"),
    row("fd.name", "/ä".encode(), Op.REGEX, b"/.", id="regex sees characters"),
    row("fd.name", b"/etc/a/b", Op.PMATCH, b"/etc", b"/usr", id="below a directory"),
    row("fd.name", b"/etcetera", Op.PMATCH, b"/etc", holds=False, id="beside a directory"),
    row("fd.name", None, Op.PMATCH, b"/", holds=False, id="missing is below nothing"),
    row("evt.buffer", b"a\0b", Op.BCONTAINS, b"\0b", id="bytes contain"),
    row("evt.buffer", b"a\0b", Op.BSTARTSWITH, b"a\0", id="bytes start with"),
    row("evt.buffer", b"a\0b", Op.EQ, b"a", holds=False, id="bytes are equal in whole"),
    row("fd.num", -1, Op.LT, 0, id="less"),
    row("fd.num", 3, Op.LE, 3, id="at most"),
    row("fd.num", 3, Op.IN, 2, 3, id="number in"),
    row("proc.fdusage", 0.5, Op.LT, 1, id="fraction"),
    row("evt.failed", YES, Op.EQ, YES, id="true"),
    row("evt.failed", NO, Op.EQ, YES, holds=False, id="false"),
    row("evt.failed", NO, Op.EXISTS, id="false exists"),
    row("fd.num", 0, Op.EXISTS, id="zero exists"),
    row("proc.name", b"nc", Op.EQ, b"nc", b"sh", quantifier=ANY, id="any"),
    row("proc.name", b"ab", Op.CONTAINS, b"a", b"c", quantifier=ONE, id="exactly one"),
    row("proc.name", b"ab", Op.CONTAINS, b"a", b"b", quantifier=ONE, holds=False, id="not two"),
    row("proc.name", b"ab", Op.CONTAINS, b"a", b"b", quantifier=ALL, id="all"),
    row("proc.name", b"ab", Op.STARTSWITH, b"x", b"a", quantifier=ANY, id="starts with any"),
    row("proc.name", b"ab", Op.NE, b"x", b"y", quantifier=ONE, holds=False, id="two differ"),
    row("proc.name", b"ab", Op.NE, quantifier=ALL, holds=False, id="all of nothing"),
    row("proc.name", b"ab", Op.NE, quantifier=ANY, holds=False, id="any of nothing"),
    row("proc.name", None, Op.NE, b"x", quantifier=ALL, holds=False, id="all, but missing"),
    row("proc.lineage", (b"a", b"b"), Op.IN, b"a", b"b", b"c", id="all of a list are in"),
    row("proc.lineage", (b"a", b"d"), Op.IN, b"a", b"b", holds=False, id="one of a list isn't"),
    row("proc.lineage", (b"a", b"d"), Op.INTERSECTS, b"d", id="one of a list is"),
    row("proc.lineage", (), Op.IN, b"a", holds=False, id="an empty list is in nothing"),
    row("proc.lineage", (), Op.EXISTS, holds=False, id="an empty list doesn't exist"),
    row("proc.aname", (b"sh", b"init"), Op.EQ, b"init", id="any creator equals"),
    row("proc.aname", (b"sh", b"init"), Op.NE, b"init", id="any creator differs"),
    row("proc.aname", (b"init",), Op.NE, b"init", holds=False, id="no creator differs"),
    row("proc.aname", (b"sh", b"init"), Op.STARTSWITH, b"in", id="any creator starts with"),
    row("proc.aname", (b"sh", b"init"), Op.IN, b"x", b"sh", id="any creator is in"),
    row("proc.aname", (), Op.NE, b"x", holds=False, id="there is no creator"),
    row("proc.aname[1]", b"sh", Op.EQ, b"sh", id="one creator"),
    row("proc.apid", (7, 1), Op.GT, 6, id="any creator's number"),
    row("fd.sip", b"\x7f\0\0\1", Op.EQ, b"\x7f\0\0\1", id="address"),
    row("fd.sip", b"\x7f\0\0\1", Op.EQ, bytes(15) + b"\1", holds=False, id="other family"),
    row("fd.sip", b"\x7f\0\0\1", Op.NE, bytes(15) + b"\1", id="other family differs"),
    row("fd.snet", b"\x7f\1\2\3", Op.EQ, LOOPBACK, id="inside a network"),
    row("fd.snet", b"\x80\0\0\1", Op.EQ, LOOPBACK, holds=False, id="outside a network"),
    row("fd.snet", b"\x80\0\0\1", Op.NE, LOOPBACK, id="outside differs"),
    row("fd.snet", b"\x7f\0\0\1", Op.EQ, LOCAL6, holds=False, id="network of other family"),
    row("fd.snet", b"\x7f\0\0\1", Op.NE, LOCAL6, id="network of other family differs"),
    row("fd.snet", b"\x7f\0\0\1", Op.IN, LOCAL6, LOOPBACK, id="in one of the networks"),
    row("fd.snet", None, Op.NE, LOOPBACK, holds=False, id="missing is outside of nothing"),
    row("fd.ip", (b"\1\1\1\1", b"\2\2\2\2"), Op.EQ, b"\2\2\2\2", id="either end"),
    row("fd.ip", (b"\1\1\1\1", b"\2\2\2\2"), Op.NE, b"\3\3\3\3", id="both ends differ"),
    row("fd.ip", (b"\1\1\1\1", b"\2\2\2\2"), Op.NE, b"\2\2\2\2", holds=False, id="one end doesn't"),
    row("fd.net", (b"\1\1\1\1", b"\x7f\0\0\1"), Op.EQ, LOOPBACK, id="either end inside"),
    row("fd.net", (b"\1\1\1\1", b"\x7f\0\0\1"), Op.NE, LOOPBACK, holds=False, id="one is inside"),
    row("fd.port", (40000, 443), Op.EQ, 443, id="either port"),
    row("fd.port", (40000, 443), Op.NE, 443, holds=False, id="one port is"),
    row("fd.port", (40000, 443), Op.LT, 1024, id="either port is low"),
    row("fd.port", (), Op.NE, 443, holds=False, id="no port differs"),
]


@pytest.mark.parametrize(("value", "comparison", "holds"), ROWS)
def test_operators(value: Value, comparison: Atom, holds: bool) -> None:
    """A comparison means one thing, in the generated program and called as a function."""
    happened = event({comparison.left.name: value})  # type: ignore[union-attr]
    assert predicate(comparison)(happened.fields) is holds
    assert compile_rules(ruleset(comparison)).matches(happened) == ((0,) if holds else ())


def text(value: bytes) -> Constant:
    """Return a quoted argument."""
    return Constant(value)


def texts(*values: bytes) -> Sequence:
    """Return a list of quoted arguments."""
    return Sequence(tuple(map(Constant, values)))


def apply(name: Transformer, *arguments: Operand, **rest: object) -> Apply:
    """Return a transformer on its arguments."""
    return Apply(name, arguments, FieldType.TEXT, **rest)  # type: ignore[arg-type]


def getopt(accepted: bytes, *arguments: bytes, index: str | None = None) -> Apply:
    """Return getopt on quoted arguments."""
    return apply(
        Transformer.GETOPT,
        texts(*arguments),
        text(accepted),
        index=index,
        is_list=index is None,
    )


NAME = read("proc.name")
LOWER = apply(Transformer.TOLOWER, NAME)


@pytest.mark.parametrize(
    ("left", "op", "right", "holds"),
    [
        pytest.param(LOWER, Op.EQ, (b"cat",), True, id="tolower"),
        pytest.param(apply(Transformer.TOUPPER, LOWER), Op.EQ, (b"CAT",), True, id="nested"),
        pytest.param(apply(Transformer.LEN, NAME), Op.EQ, (3,), True, id="length of text"),
        pytest.param(apply(Transformer.LEN, read("proc.lineage")), Op.EQ, (2,), True, id="of list"),
        pytest.param(
            apply(Transformer.BASENAME, read("fd.name")), Op.EQ, (b"motd",), True, id="basename"
        ),
        pytest.param(
            apply(Transformer.BASENAME, text(b"/etc/")), Op.EQ, (b"",), True, id="of a directory"
        ),
        pytest.param(apply(Transformer.B64, text(b"Y2F0")), Op.EQ, (b"cat",), True, id="b64"),
        pytest.param(apply(Transformer.B64, text(b"Y2E")), Op.EQ, (b"ca",), True, id="unpadded"),
        pytest.param(apply(Transformer.B64, text(b"Y2E=")), Op.EQ, (b"ca",), True, id="padded"),
        pytest.param(apply(Transformer.B64, text(b"!")), Op.NE, (b"",), False, id="no base64"),
        pytest.param(
            apply(Transformer.JOIN, text(b"-"), Sequence((NAME, text(b"x")))),
            Op.EQ,
            (b"Cat-x",),
            True,
            id="join",
        ),
        pytest.param(
            apply(Transformer.JOIN, text(b"-"), Sequence((read("fd.num"), read("fd.sip")))),
            Op.EQ,
            (b"3-127.0.0.1",),
            True,
            id="join what isn't text",
        ),
        pytest.param(
            apply(Transformer.JOIN, text(b","), Sequence(())), Op.EQ, (b"",), True, id="join none"
        ),
        pytest.param(
            apply(Transformer.JOIN, text(b"-"), Sequence((NAME, read("proc.exe")))),
            Op.NE,
            (b"",),
            False,
            id="join with a missing one",
        ),
        pytest.param(
            apply(Transformer.CONCAT, NAME, text(b"!")), Op.EQ, (b"Cat!",), True, id="concat"
        ),
        pytest.param(
            apply(Transformer.TOLOWER, read("proc.exe")), Op.NE, (b"x",), False, id="of missing"
        ),
        pytest.param(getopt(b"t:", b"-thello"), Op.INTERSECTS, (b"hello",), True, id="attached"),
        pytest.param(getopt(b"t:", b"-t", b"v"), Op.INTERSECTS, (b"v",), True, id="separate"),
        pytest.param(getopt(b"nt", b"-nt"), Op.INTERSECTS, (b"t",), True, id="bundled"),
        pytest.param(getopt(b"nt", b"-n", b"--", b"-t"), Op.INTERSECTS, (b"t",), False, id="--"),
        pytest.param(getopt(b"n", b"x", b"-n"), Op.INTERSECTS, (b"n",), False, id="after a word"),
        pytest.param(getopt(b"n", b"-x"), Op.INTERSECTS, (b"x",), False, id="not accepted"),
        pytest.param(getopt(b"n", b"-x"), Op.INTERSECTS, (b"?",), True, id="is called ?"),
        pytest.param(getopt(b"n", b"-:"), Op.INTERSECTS, (b":",), False, id="colon is no option"),
        pytest.param(getopt(b"t:", b"-t"), Op.INTERSECTS, (b"",), True, id="value is missing"),
        pytest.param(
            getopt(b"t:", b"-t", b"a", b"-t", b"b", index="t"), Op.EQ, (b"b",), True, id="last wins"
        ),
        pytest.param(getopt(b"n", b"-n", index="n"), Op.EQ, (b"n",), True, id="a flag is its name"),
        pytest.param(getopt(b"t:", b"-t", index="t"), Op.EQ, (b"",), True, id="selected, missing"),
        pytest.param(getopt(b"t:", b"-t"), Op.INTERSECTS, (b"t",), False, id="name is missing too"),
        pytest.param(
            getopt(b"n", b"-x", index="?"), Op.EXISTS, (), False, id="? can't be selected"
        ),
        pytest.param(getopt(b"e", b"--exec", b"-n"), Op.INTERSECTS, (b"e",), False, id="long"),
        pytest.param(getopt(b"n", b"--exec", b"-n"), Op.IN, (b"n",), True, id="past a long one"),
        pytest.param(getopt(b"n", b"a"), Op.EXISTS, (), True, id="no option is an empty list"),
        pytest.param(getopt(b"nt:", b"-n", index="t"), Op.NE, (b"",), False, id="option is absent"),
    ],
)
def test_transformers(left: Operand, op: Op, right: tuple[Value, ...], holds: bool) -> None:
    """A transformer has no value where one of its arguments has none."""
    happened = event(
        {
            "proc.name": b"Cat",
            "fd.name": b"/etc/motd",
            "fd.num": 3,
            "fd.sip": b"\x7f\0\0\1",
            "proc.lineage": (b"sh", b"app"),
        }
    )
    comparison = Atom(left=left, op=op, right=right)
    assert (compile_rules(ruleset(comparison)).matches(happened) == (0,)) is holds


@pytest.mark.parametrize(
    ("left", "op", "right", "holds"),
    [
        pytest.param("fd.name", Op.EQ, "proc.exepath", True, id="equal"),
        pytest.param("fd.name", Op.NE, "proc.exepath", False, id="not equal"),
        pytest.param("fd.name", Op.STARTSWITH, "proc.cwd", True, id="starts with"),
        pytest.param("fd.name", Op.PMATCH, "proc.cwd", True, id="is below"),
        pytest.param("fd.name", Op.GLOB, "proc.args", True, id="matches the glob"),
        pytest.param("fd.name", Op.ICONTAINS, "proc.name", True, id="contains in any case"),
        pytest.param("fd.name", Op.EQ, "proc.exe", False, id="right is missing"),
        pytest.param("fd.name", Op.NE, "proc.exe", False, id="right is missing and differs"),
        pytest.param("proc.exe", Op.NE, "fd.name", False, id="left is missing"),
        pytest.param("proc.name", Op.IN, "proc.lineage", True, id="in a list"),
        pytest.param("proc.lineage", Op.IN, "proc.lineage", True, id="all in a list"),
        pytest.param("fd.num", Op.LT, "proc.pid", True, id="numbers"),
        pytest.param("proc.aname", Op.EQ, "proc.name", True, id="any creator equals a field"),
    ],
)
def test_field_to_field(left: str, op: Op, right: str, holds: bool) -> None:
    """Two fields are compared as a field and a constant are; one that is missing makes it false."""
    happened = event(
        {
            "fd.name": b"/opt/SH",
            "proc.exepath": b"/opt/SH",
            "proc.cwd": b"/opt",
            "proc.args": b"/o*",
            "proc.name": b"sh",
            "proc.lineage": (b"sh", b"sh"),
            "proc.aname": (b"init", b"sh"),
            "fd.num": 3,
            "proc.pid": 30,
        }
    )
    comparison = Atom(left=read(left), op=op, right=read(right))
    assert (compile_rules(ruleset(comparison)).matches(happened) == (0,)) is holds
