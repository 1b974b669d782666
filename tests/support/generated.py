"""
Generated circuits and events, for properties that hold of every rule.

The values are few and alike, so that comparisons hold about as often as not.
"""

from collections.abc import Mapping

from hypothesis import strategies as st

from shikra.model.value import Value
from shikra.rules.ir import Atom, Both, Either, Negate, Network, Node, Op, Quantifier, Truth
from support.circuits import atom, event, read

TYPES = ("open", "openat", "execve")
NAMES = st.sampled_from([b"", b"a", b"b", b"ab", b"/a", b"/a/b", b"/ab", b"A", b"\xff", b"/a/b/c"])
PATTERNS = st.sampled_from([b"a", b"*", b"/a*", b"?", b"/*/b", b"*b*c", b"/", b"/a", b"/a/?"])
ADDRESSES = st.sampled_from([b"\1\0\0\1", b"\1\0\0\2", b"\2\0\0\1", bytes(15) + b"\1"])
NETWORKS = st.sampled_from([Network(b"\1\0\0\0", 8), Network(bytes(4), 0), Network(bytes(16), 64)])
TEXT_FIELDS = ("proc.name", "fd.name")
VALUES: Mapping[str, st.SearchStrategy[Value]] = {
    "proc.name": NAMES,
    "fd.name": NAMES,
    "fd.num": st.integers(-2, 2),
    "evt.failed": st.booleans(),
    "proc.lineage": st.lists(NAMES, max_size=3).map(tuple),
    "proc.aname": st.lists(NAMES, max_size=3).map(tuple),
    "fd.sip": ADDRESSES,
    "fd.ip": st.tuples(ADDRESSES, ADDRESSES),
    "fd.snet": ADDRESSES,
    "fd.net": st.tuples(ADDRESSES, ADDRESSES),
}
OF_TEXT = (Op.CONTAINS, Op.ICONTAINS, Op.STARTSWITH, Op.ENDSWITH, Op.EQ, Op.NE, Op.LT, Op.GE)


def _compared(left: str, ops: tuple[Op, ...], right: st.SearchStrategy[object]) -> object:
    one = st.builds(lambda op, value: atom(left, op, value), st.sampled_from(ops), right)
    several = st.builds(
        lambda op, values, quantifier: atom(left, op, *values, quantifier=quantifier),
        st.sampled_from(ops),
        st.lists(right, max_size=3),
        st.sampled_from(Quantifier),
    )
    members = st.builds(
        lambda op, values: atom(left, op, *values),
        st.sampled_from((Op.IN, Op.INTERSECTS)),
        st.lists(right, max_size=3),
    )
    return st.one_of(one, several, members, st.just(atom(left, Op.EXISTS)))


ATOMS = st.one_of(
    *(_compared(field, OF_TEXT, NAMES) for field in (*TEXT_FIELDS, "proc.aname")),  # type: ignore[arg-type]
    *(_compared(field, (Op.GLOB, Op.IGLOB, Op.PMATCH), PATTERNS) for field in TEXT_FIELDS),  # type: ignore[arg-type]
    _compared("fd.num", (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE), st.integers(-2, 2)),  # type: ignore[arg-type]
    st.builds(lambda value: atom("evt.failed", Op.EQ, value), st.booleans()),
    *(_compared(field, (Op.EQ, Op.NE), ADDRESSES) for field in ("fd.sip", "fd.ip")),  # type: ignore[arg-type]
    *(_compared(field, (Op.EQ, Op.NE), NETWORKS) for field in ("fd.snet", "fd.net")),  # type: ignore[arg-type]
    st.builds(
        lambda op, values: atom("proc.lineage", op, *values),
        st.sampled_from((Op.IN, Op.INTERSECTS)),
        st.lists(NAMES, max_size=3),
    ),
    st.builds(
        lambda op, types: atom("evt.type", op, *types),
        st.sampled_from((Op.IN, Op.INTERSECTS)),
        st.lists(st.sampled_from([b"open", b"openat", b"close"]), max_size=2),
    ),
    st.builds(
        lambda op, right: Atom(left=read("fd.name"), op=op, right=read(right)),
        st.sampled_from((*OF_TEXT, Op.GLOB, Op.PMATCH)),
        st.sampled_from(TEXT_FIELDS),
    ),
)


@st.composite
def circuits(draw: st.DrawFn) -> tuple[Node, ...]:
    """Make atoms and gates on what came before them."""
    nodes: list[Node] = list(draw(st.lists(ATOMS, min_size=1, max_size=8)))
    for _ in range(draw(st.integers(0, 12))):
        parts = st.integers(0, len(nodes) - 1)
        several = st.lists(parts, max_size=4).map(tuple)
        gates = (
            st.builds(Both, several),
            st.builds(Either, several),
            st.builds(Negate, parts),
            st.builds(Truth, st.booleans()),
        )
        nodes.append(draw(st.one_of(*gates)))
    return tuple(nodes)


EVENTS = st.builds(
    event,
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    st.sampled_from(TYPES),
)
