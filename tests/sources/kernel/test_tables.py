"""Tables are laid out as the object's types say."""

import struct

import pytest

from shikra.model import kernel_tables as model
from shikra.sources.kernel import btf, pools, syscalls, tables

PORT = model.OfNumber(
    member="remote_port",
    compare=model.Compare.IN,
    values=(443, 80),
    needs=("HAS_REMOTE",),
    unknown=("CALL_REAL_CUT",),
)


def event_class(event_type: str, **values: object) -> model.EventClass:
    """Return a class with these members."""
    empty = {
        "conditions": frozenset(),
        "numbers": model.Program(),
        "named": frozenset(),
        "opened_only": frozenset(),
        "full": model.Program(),
    }
    return model.EventClass(event_type=event_type, **(empty | values))


def of(*classes: model.EventClass, **values: object) -> model.KernelTables:
    """Return tables of these classes."""
    empty = {
        "rules": (),
        "urgent": frozenset(),
        "process": model.Program(),
        "images": {},
        "views": {},
    }
    return model.KernelTables(classes=classes, **(empty | values))


def read(types: btf.Btf, data: bytes, struct_name: str, path: str, at: int = 0) -> int:
    """Read a number."""
    leaf = types.leaves(struct_name)[path]
    return int(struct.unpack_from(f"<{leaf.code}", data, at + leaf.offset)[0])


def span(types: btf.Btf, data: bytes, pool: str, first: int, count: int) -> bytes:
    """Return elements of a pool."""
    where = types.array("tables", pool)
    return data[where.offset + first * where.size :][: count * where.size]


def test_calls_have_their_class(types: btf.Btf) -> None:
    """The numbers of an event type have its class, by their table; all others have none."""
    data = tables.pack(types, of(event_class("connect"), event_class("openat")))
    where = types.array("tables", "class_of")
    mask = types.enum("class_mark")["CLASS_MASK"]
    half = where.count // 2
    for table, name in ((syscalls.Table.NATIVE, "TABLE_64"), (syscalls.Table.COMPAT, "TABLE_32")):
        at = where.offset + types.enum("call_table")[name] * half
        connects = syscalls.numbers(table, ["connect"])
        [openat] = syscalls.numbers(table, ["openat"])
        found = {at: each & mask for at, each in enumerate(data[at : at + half]) if each & mask}
        assert found == dict.fromkeys(connects, 1) | {openat: 2}


def test_a_program_is_found_where_it_is_said_to_be(types: btf.Btf) -> None:
    """Atoms, gates and requirements of a class's program stand in the pools, in order."""
    numbers = model.Program(
        atoms=(model.Atom(7, PORT),),
        gates=(model.Gate(8, (14, 15)), model.Gate(9, ())),
        requirements=((16, 3), (19, 4)),
    )
    packed = tables.pack(types, of(event_class("openat"), event_class("connect", numbers=numbers)))
    classes = types.array("tables", "classes")
    at = classes.offset + 2 * classes.size
    members = {
        part: span(
            types,
            packed,
            f"{part}s",
            read(types, packed, "event_class", f"numbers.first_{part}", at),
            read(types, packed, "event_class", f"numbers.{part}s", at),
        )
        for part in ("atom", "token", "requirement")
    }
    atom = members["atom"]
    assert read(types, atom, "atom", "node") == 7
    assert read(types, atom, "atom", "kind") == types.enum("atom_kind")["ATOM_NUMBER"]
    assert read(types, atom, "atom", "offset") == types.leaves("call_record")["remote.port"].offset
    assert read(types, atom, "atom", "needs") == types.enum("call_fact")["HAS_REMOTE"]
    assert read(types, atom, "atom", "unknown") == types.enum("call_flag")["CALL_REAL_CUT"]
    values = read(types, atom, "atom", "first"), read(types, atom, "atom", "count")
    assert struct.unpack("<2Q", span(types, packed, "numbers", *values)) == (80, 443)
    true = 2 * types.enum("fixed_node")["NODE_TRUE"]
    assert struct.unpack("<6H", members["token"]) == (14, 0, 15, 8, true, 9)
    assert struct.unpack("<4H", members["requirement"]) == (16, 3, 19, 4)


def test_conditions_are_bits(types: btf.Btf) -> None:
    """Sets of conditions are bits of words, of a class and of all."""
    each = event_class("openat", conditions=frozenset({0, 65}), named=frozenset({65}))
    data = tables.pack(types, of(each, event_class("open", conditions=frozenset({3}))))
    classes = types.array("tables", "classes")
    named = types.array("event_class", "named").offset + classes.offset + classes.size
    assert struct.unpack_from("<2Q", data, named) == (0, 2)
    wanted = types.array("tables", "conditions").offset
    assert struct.unpack_from("<2Q", data, wanted) == (9, 2)


def test_equal_parts_are_kept_once(types: btf.Btf) -> None:
    """Programs that are the same share their place."""
    program = model.Program(atoms=(model.Atom(1, PORT),))
    both = [event_class(each, full=program) for each in ("open", "openat")]
    data = tables.pack(types, of(*both))
    classes = types.array("tables", "classes")
    places = [
        read(types, data, "event_class", "full.first_atom", classes.offset + n * classes.size)
        for n in (1, 2)
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(of(*(event_class("openat") for _ in range(128))), id="classes"),
        pytest.param(of(urgent=frozenset({1024})), id="conditions"),
        pytest.param(of(process=model.Program(gates=(model.Gate(8191, ()),))), id="nodes"),
        pytest.param(
            of(process=model.Program(requirements=tuple((1, n % 1024) for n in range(20000)))),
            id="requirements",
        ),
    ],
)
def test_what_exceeds_a_bound_is_refused(types: btf.Btf, made: model.KernelTables) -> None:
    """More than there is room for is refused, not cut."""
    with pytest.raises(pools.TooLargeError):
        tables.pack(types, made)


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(model.OfFlags("PROCESS_WHATEVER"), id="flag"),
        pytest.param(model.OfNumber(member="colour", compare=model.Compare.EQ), id="member"),
        pytest.param(model.OfNumber(member="comm", compare=model.Compare.EQ), id="no number"),
        pytest.param(model.OfNetwork(member="remote_port", networks=()), id="no address"),
    ],
)
def test_a_name_that_the_object_lacks_is_told(types: btf.Btf, test: model.Test) -> None:
    """What the object doesn't define can't be asked of it."""
    program = model.Program(atoms=(model.Atom(1, test),))
    with pytest.raises(btf.LayoutError):
        tables.pack(types, of(process=program))
