"""
How much stack a program's functions take together, as the verifier counts it.

In: the instructions of a program, those of its functions behind them. Out: the bytes of the
deepest chain of calls. What only a newer kernel runs counts as well, so this is an upper bound.
"""

import functools
import struct
from collections.abc import Iterator, Sequence

import msgspec

ROUNDED_TO = 32  # bytes, by the verifiers of old kernels; an empty frame takes as many
_INSTRUCTION = struct.Struct("<BBhi")
_STACK = 10  # the register
_CALL, _COPY, _ADD = 0x85, 0xBF, 0x07
_OWN_FUNCTION = 1  # what a call's source register says: none of the kernel's
_LOAD, _STORE_NUMBER, _STORE = 1, 2, 3


class _Instruction(msgspec.Struct, frozen=True):
    code: int
    to: int
    source: int
    offset: int
    number: int


def deepest(code: bytes) -> int:
    """Return the bytes that the deepest chain of calls takes."""
    instructions = [
        _Instruction(code, registers & 15, registers >> 4, offset, number)
        for code, registers, offset, number in _INSTRUCTION.iter_unpack(code)
    ]
    functions = _functions(instructions)

    @functools.cache
    def depth(start: int) -> int:
        body = functions[start]
        frame = max(ROUNDED_TO, -(-_frame(body) // ROUNDED_TO) * ROUNDED_TO)
        return frame + max((depth(callee) for callee in _callees(start, body)), default=0)

    return depth(0)


def _functions(instructions: Sequence[_Instruction]) -> dict[int, Sequence[_Instruction]]:
    """Return each function's body by where it starts."""
    starts = {0} | {each for each in _callees(0, instructions) if each < len(instructions)}
    ordered = sorted(starts)
    ends = [*ordered[1:], len(instructions)]
    return {start: instructions[start:end] for start, end in zip(ordered, ends, strict=True)}


def _callees(start: int, body: Sequence[_Instruction]) -> Iterator[int]:
    for place, each in enumerate(body, start):
        if each.code == _CALL and each.source == _OWN_FUNCTION:
            yield place + 1 + each.number


def _frame(body: Sequence[_Instruction]) -> int:
    """Return how far below its stack's register a function reaches."""
    deep, pointers = 0, set[int]()
    for each in body:
        kind = each.code & 7
        if (kind == _LOAD and each.source == _STACK) or (
            kind in (_STORE_NUMBER, _STORE) and each.to == _STACK
        ):
            deep = min(deep, each.offset)
        elif each.code == _COPY and each.source == _STACK:
            pointers.add(each.to)
        elif each.code == _ADD and each.to in pointers:
            deep = min(deep, each.number)
            pointers.remove(each.to)
    return -deep
