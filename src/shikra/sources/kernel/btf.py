"""
Read the type information of a BPF object: the only definition of what its records look like.

In: the bytes of an ELF object. Out: sizes of structs, where each of their numbers and byte
arrays lies, the values of enums, all by name. What isn't there is a ``LayoutError`` that names it.
"""

import enum
import struct
from collections.abc import Iterator, Mapping

import msgspec

_ELF_HEADER = struct.Struct("<16x2H I 3Q I 6H")
_ELF_SECTION = struct.Struct("<2I 4Q 2I 2Q")
_BTF_HEADER = struct.Struct("<HBB5I")
_BTF_MAGIC = 0xEB9F
_TYPE = struct.Struct("<3I")
_MEMBER = struct.Struct("<3I")
_ENUMERATOR = struct.Struct("<Ii")
_ARRAY = struct.Struct("<3I")
_SIGNED = 1 << 24  # in an integer's own word: its encoding


class LayoutError(Exception):
    """The object isn't what this program was written for."""


class _Kind(enum.IntEnum):
    """Kinds of BTF types (Documentation/bpf/btf.rst)."""

    VOID = 0
    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


_RENAMES = frozenset((_Kind.TYPEDEF, _Kind.VOLATILE, _Kind.CONST, _Kind.RESTRICT, _Kind.TYPE_TAG))
_FIXED_TAIL = {_Kind.INT: 4, _Kind.ARRAY: 12, _Kind.VAR: 4, _Kind.DECL_TAG: 4}
_TAIL_PER_ITEM = {
    _Kind.STRUCT: 12,
    _Kind.UNION: 12,
    _Kind.ENUM: 8,
    _Kind.FUNC_PROTO: 8,
    _Kind.DATASEC: 12,
    _Kind.ENUM64: 12,
}


class Leaf(msgspec.Struct, frozen=True):
    """A number or an array of a struct, however deeply nested."""

    offset: int
    size: int
    code: str  # as the module ``struct`` writes it: "I", "q", "16s"
    element: str = ""  # of an array of numbers: the code of one


class Array(msgspec.Struct, frozen=True):
    """A member that is an array: of numbers, of arrays of them, or of structs."""

    offset: int
    count: int  # of elements; of an array of arrays, all of the innermost
    size: int  # of one element
    element: str  # a struct's name, or a number's code


class _Type(msgspec.Struct, frozen=True):
    name: str
    kind: _Kind
    count: int
    size: int  # or the type that it refers to
    tail: int  # where its own data begins


class Btf:
    """The types of one object."""

    def __init__(self, section: bytes) -> None:
        """Read the types of a ``.BTF`` section."""
        self._data = section
        self._types: list[_Type] = [_Type("", _Kind.VOID, 0, 0, 0)]
        try:
            self._types.extend(self._read())
        except (struct.error, IndexError, ValueError) as error:
            raise LayoutError(f"the object's type information is damaged: {error}") from error
        self._named: dict[tuple[_Kind, str], _Type] = {
            (each.kind, each.name): each
            for each in self._types
            if each.kind in (_Kind.STRUCT, _Kind.ENUM) and each.name
        }

    @classmethod
    def of_object(cls, elf: bytes) -> "Btf":
        """Read the types of an ELF object."""
        try:
            return cls(_section(elf, b".BTF"))
        except (struct.error, IndexError, ValueError) as error:
            raise LayoutError(f"this is no ELF object: {error}") from error

    def size(self, name: str) -> int:
        """Return a struct's size in bytes."""
        return self._find(_Kind.STRUCT, name).size

    def leaves(self, name: str) -> dict[str, Leaf]:
        """Return a struct's numbers and arrays by dotted name, in the order of their offsets."""
        return dict(self._walk(self._find(_Kind.STRUCT, name), "", 0))

    def array(self, struct_name: str, member: str) -> Array:
        """Return where a struct's array lies, and what it is of."""
        of = self._find(_Kind.STRUCT, struct_name)
        for name, offset, inner in self._members(of):
            if name == member and inner.kind is _Kind.ARRAY:
                return self._array(inner, offset)
        raise LayoutError(f"struct {struct_name} of the object has no array {member}")

    def enum(self, name: str) -> Mapping[str, int]:
        """Return an enum's values by name."""
        found = self._find(_Kind.ENUM, name)
        items = (
            _ENUMERATOR.unpack_from(self._data, found.tail + at * _ENUMERATOR.size)
            for at in range(found.count)
        )
        return {self._text(name_at): value for name_at, value in items}

    def _find(self, kind: _Kind, name: str) -> _Type:
        found = self._named.get((kind, name))
        if found is None:
            raise LayoutError(f"the object has no {kind.name.lower()} {name}")
        return found

    def _read(self) -> Iterator[_Type]:
        magic, _, _, header_size, type_at, type_size, text_at, text_size = _BTF_HEADER.unpack_from(
            self._data
        )
        if magic != _BTF_MAGIC:
            raise ValueError("wrong magic number")
        self._texts = self._data[header_size + text_at : header_size + text_at + text_size]
        at = header_size + type_at
        end = at + type_size
        while at < end:
            name_at, info, size = _TYPE.unpack_from(self._data, at)
            kind, count = _Kind(info >> 24 & 0x1F), info & 0xFFFF
            at += _TYPE.size
            yield _Type(self._text(name_at), kind, count, size, at)
            at += _FIXED_TAIL.get(kind, 0) + _TAIL_PER_ITEM.get(kind, 0) * count

    def _text(self, at: int) -> str:
        return self._texts[at : self._texts.index(b"\0", at)].decode()

    def _walk(self, of: _Type, prefix: str, base: int) -> Iterator[tuple[str, Leaf]]:
        for name, offset, inner in self._members(of):
            if inner.kind is _Kind.STRUCT:
                yield from self._walk(inner, f"{prefix}{name}.", base + offset)
            else:
                size, code = self._scalar(inner)
                yield prefix + name, Leaf(base + offset, size, code, self._element(inner))

    def _members(self, of: _Type) -> Iterator[tuple[str, int, _Type]]:
        for index in range(of.count):
            name_at, type_id, bits = _MEMBER.unpack_from(self._data, of.tail + index * _MEMBER.size)
            yield self._text(name_at), (bits & 0xFFFFFF) // 8, self._resolve(type_id)

    def _array(self, of: _Type, offset: int) -> Array:
        count = 1
        while of.kind is _Kind.ARRAY:
            element, _, length = _ARRAY.unpack_from(self._data, of.tail)
            of, count = self._resolve(element), count * length
        if of.kind is _Kind.STRUCT:
            return Array(offset, count, of.size, of.name)
        size, code = self._scalar(of)
        return Array(offset, count, size, code)

    def _resolve(self, type_id: int) -> _Type:
        found = self._types[type_id]
        while found.kind in _RENAMES:
            found = self._types[found.size]
        return found

    def _scalar(self, of: _Type) -> tuple[int, str]:
        match of.kind:
            case _Kind.INT:
                (encoding,) = struct.unpack_from("<I", self._data, of.tail)
                letter = {1: "b", 2: "h", 4: "i", 8: "q"}[of.size]
                return of.size, letter if encoding & _SIGNED else letter.upper()
            case _Kind.ENUM:
                return of.size, "I"
            case _Kind.ARRAY:
                element, _, count = _ARRAY.unpack_from(self._data, of.tail)
                size = count * self._size_of(self._resolve(element))
                return size, f"{size}s"
            case _Kind.PTR:
                return 8, "Q"
            case _:
                return of.size, f"{of.size}s"

    def _element(self, of: _Type) -> str:
        if of.kind is not _Kind.ARRAY:
            return ""
        inner = self._resolve(_ARRAY.unpack_from(self._data, of.tail)[0])
        return self._scalar(inner)[1] if inner.kind is _Kind.INT else ""

    def _size_of(self, of: _Type) -> int:
        return of.size if of.kind is _Kind.STRUCT else self._scalar(of)[0]


def _section(elf: bytes, wanted: bytes) -> bytes:
    if not elf.startswith(b"\x7fELF\x02\x01"):
        raise ValueError("not 64 bits, least significant byte first")
    header = _ELF_HEADER.unpack_from(elf)
    table_at, entry_size, count, names_index = header[5], header[10], header[11], header[12]
    sections = [_ELF_SECTION.unpack_from(elf, table_at + at * entry_size) for at in range(count)]
    names_at = sections[names_index][4]
    for name_at, *_, offset, size, _, _, _, _ in sections:
        start = names_at + name_at
        if elf[start : elf.index(b"\0", start)] == wanted:
            return elf[offset : offset + size]
    raise LayoutError("the object has no type information (.BTF): was it built with -g?")
