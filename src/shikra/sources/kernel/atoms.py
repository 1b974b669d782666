"""
Lay out tests of one value as the probe makes them.

In: a ``model.Atom``. Out: the probe's struct; constants go to the pools that all atoms share. A
member, fact or flag that the object doesn't have is a ``LayoutError``.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import assert_never

from shikra.model import kernel_tables as model
from shikra.sources.kernel import btf, layout, networks, pools

_WORD_BITS = 64
_WORD = (1 << _WORD_BITS) - 1
_NUMBER = struct.Struct("<Q")
_NETWORK = struct.Struct("<4Q")
_WIDTHS = (1, 2, 4, 8)
_ADDRESS_BYTES = 16


class Atoms:
    """The atoms of one slot."""

    def __init__(self, types: btf.Btf) -> None:
        """Start with none."""
        self._enums = {
            name: types.enum(name)
            for name in (
                *("atom_kind", "relation", "image_field", "view", "compare"),
                *("process_flag", "call_fact", "call_flag"),
            )
        }
        self._members = layout.leaves(types, "call_record")
        self._pack = layout.packer(types, "atom")
        self._numbers = pools.Pool(types, "numbers")
        self._networks = pools.Pool(types, "networks")

    def pack(self, atom: model.Atom) -> bytes:
        """Return the probe's struct of an atom."""
        return self._pack({"node": atom.node, **self._values(atom.test)})

    def write(self, into: bytearray) -> None:
        """Put what all share where it belongs."""
        self._numbers.write(into)
        self._networks.write(into)

    def _values(self, test: model.Test) -> dict[str, int | bytes]:
        match test:
            case model.OfImage():
                return {
                    "kind": self._number("atom_kind", "ATOM_IMAGE"),
                    "place": self._number("relation", f"RELATION_{test.relation.name}"),
                    "field": self._number("image_field", f"IMAGE_{test.field.name}"),
                    "bit": test.bit,
                    "is_exact": test.is_exact,
                }
            case model.OfFlags():
                return {
                    "kind": self._number("atom_kind", "ATOM_FLAGS"),
                    "mask": self._number("process_flag", test.flag),
                }
            case model.OfContainer():
                return {"kind": self._number("atom_kind", "ATOM_CONTAINER"), "bit": test.bit}
            case model.OfNumber():
                return self._of_number(test)
            case model.OfNetwork():
                return self._of_network(test)
            case model.OfName():
                return {
                    "kind": self._number("atom_kind", "ATOM_NAME"),
                    "place": self._number("view", f"VIEW_{test.view.name}"),
                    "bit": test.bit,
                    "is_exact": test.is_exact,
                }
            case _:
                assert_never(test)

    def _of_number(self, test: model.OfNumber) -> dict[str, int | bytes]:
        member = self._member(test.member, _WIDTHS)
        values = sorted({each & _WORD for each in test.values})
        compare = test.compare.name
        if test.compare is model.Compare.IN and values and values[-1] < _WORD_BITS:
            compare, values = "AMONG", [sum(1 << each for each in values)]
        return {
            "kind": self._number("atom_kind", "ATOM_NUMBER"),
            "compare": self._number("compare", f"COMPARE_{compare}"),
            "offset": member.offset,
            "unused_bits": _WORD_BITS - 8 * member.size,
            "is_signed": test.is_signed,
            "mask": test.mask,
            "first": self._numbers.add(b"".join(map(_NUMBER.pack, values))) if values else 0,
            "count": len(values),
            **self._conditions(test.needs, test.unknown),
        }

    def _of_network(self, test: model.OfNetwork) -> dict[str, int | bytes]:
        member = self._member(test.member, (_ADDRESS_BYTES,))
        found = networks.ranges(test.networks)
        packed = b"".join(
            _NETWORK.pack(first >> _WORD_BITS, first & _WORD, last >> _WORD_BITS, last & _WORD)
            for first, last in found
        )
        return {
            "kind": self._number("atom_kind", "ATOM_NETWORK"),
            "offset": member.offset,
            "first": self._networks.add(packed) if found else 0,
            "count": len(found),
            **self._conditions(test.needs, test.unknown),
        }

    def _conditions(self, needs: Iterable[str], unknown: Iterable[str]) -> dict[str, int]:
        return {
            "needs": self._bits("call_fact", needs),
            "unknown": self._bits("call_flag", unknown),
        }

    def _bits(self, enum: str, names: Iterable[str]) -> int:
        bits = 0
        for name in names:
            bits |= self._number(enum, name)
        return bits

    def _number(self, enum: str, name: str) -> int:
        known: Mapping[str, int] = self._enums[enum]
        if name not in known:
            raise btf.LayoutError(f"enum {enum} of the object has no {name}")
        return known[name]

    def _member(self, name: str, sizes: Iterable[int]) -> btf.Leaf:
        found = self._members.get(name)
        if found is None or found.size not in sizes:
            raise btf.LayoutError(f"struct call_record of the object has no fitting member {name}")
        return found
