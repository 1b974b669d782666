"""
Read and write the probe's structs by the names of their members.

In: the types of the object, a struct's name, attribute names. Out: functions between bytes and
values, made once. An attribute is a member's dotted name with ``_`` for the dots and without
``head.`` and ``ids.``; a number of an array has its index behind (``arguments_2``). One that the
object doesn't have is a ``LayoutError``.
"""

import operator
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from shikra.sources.kernel import btf

_PREFIXES = ("head.", "ids.")
_MAX_NUMBERS = 16  # of an array whose numbers have names of their own

Values = Mapping[str, int | bytes]

_T = TypeVar("_T")
_Unpack = Callable[[bytes], tuple[Any, ...]]


def leaves(types: btf.Btf, struct_name: str) -> dict[str, btf.Leaf]:
    """Return a struct's members by attribute name."""
    found: dict[str, btf.Leaf] = {}
    for path, leaf in types.leaves(struct_name).items():
        name = path
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        for attribute, each in _numbers(name.replace(".", "_"), leaf):
            if found.setdefault(attribute, each) is not each:
                raise btf.LayoutError(f"struct {struct_name} has two members called {attribute}")
    return found


def reader(types: btf.Btf, struct_name: str, into: type[_T]) -> Callable[[bytes], _T]:
    """
    Return what reads bytes into a ``msgspec.Struct`` whose attributes are members.

    An attribute ``raw`` must come first, if there is one, and gets the bytes themselves.
    Bytes that are too short raise ``struct.error``.
    """
    names = [each.name for each in msgspec.structs.fields(into)]  # type: ignore[arg-type]  # a Struct
    make: Callable[..., _T] = into
    has_raw = names[0] == "raw"
    unpack = _compile(types, struct_name, names[1:] if has_raw else names)
    if has_raw:
        return lambda raw: make(raw, *unpack(raw))
    return lambda raw: make(*unpack(raw))


def writer(types: btf.Btf, struct_name: str) -> Callable[[bytearray, int, Values], None]:
    """Return what writes members of a struct that begins somewhere in a buffer."""
    known = leaves(types, struct_name)

    def write(into: bytearray, at: int, values: Values) -> None:
        for name, value in values.items():
            leaf = _member(known, struct_name, name)
            struct.pack_into(f"<{leaf.code}", into, at + leaf.offset, value)

    return write


def packer(types: btf.Btf, struct_name: str) -> Callable[[Values], bytes]:
    """Return what makes a struct of these members; the others are 0."""
    write, size = writer(types, struct_name), types.size(struct_name)

    def make(values: Values) -> bytes:
        made = bytearray(size)
        write(made, 0, values)
        return bytes(made)

    return make


def pack(types: btf.Btf, struct_name: str, values: Values) -> bytes:
    """Return a struct with these members; the others are 0."""
    return packer(types, struct_name)(values)


def patch(types: btf.Btf, struct_name: str, data: bytes, values: Values) -> bytes:
    """Return the same struct with these members changed."""
    changed = bytearray(data)
    writer(types, struct_name)(changed, 0, values)
    return bytes(changed)


def _numbers(name: str, leaf: btf.Leaf) -> Iterator[tuple[str, btf.Leaf]]:
    """Yield a member, and of a short array of numbers each; bytes are no numbers."""
    yield name, leaf
    size = struct.calcsize(leaf.element)
    if size > 1 and leaf.size // size <= _MAX_NUMBERS:
        for at in range(leaf.size // size):
            yield f"{name}_{at}", btf.Leaf(leaf.offset + at * size, size, leaf.element)


def _member(known: Mapping[str, btf.Leaf], struct_name: str, name: str) -> btf.Leaf:
    if name not in known:
        raise btf.LayoutError(f"struct {struct_name} of the object has no member {name}")
    return known[name]


def _compile(types: btf.Btf, struct_name: str, names: list[str]) -> _Unpack:
    """Return what unpacks these members in this order."""
    known = leaves(types, struct_name)
    members = sorted(
        (_member(known, struct_name, name).offset, at) for at, name in enumerate(names)
    )
    code, end = "<", 0
    for offset, at in members:
        leaf = known[names[at]]
        code += f"{offset - end}x{leaf.code}"
        end = offset + leaf.size
    unpack: _Unpack = struct.Struct(code).unpack_from
    positions = [at for _, at in members]
    if positions == sorted(positions):  # declared in the order of offsets: nothing to do
        return unpack
    reorder = operator.itemgetter(*(positions.index(at) for at in range(len(names))))
    return lambda raw: reorder(unpack(raw))
