"""
The reference of what the kernel makes of tables: the same stages, in the same order, in Python.

In: tables, and what the kernel knows of one call. Out: the conditions that may hold and those that
surely do. A stage that leaves no candidate ends it, as it does in the kernel.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.model.kernel_tables import (
    Compare,
    ContainerBits,
    EventClass,
    ImageField,
    KernelTables,
    OfContainer,
    OfFlags,
    OfImage,
    OfName,
    OfNetwork,
    OfNumber,
    Output,
    Program,
    Relation,
    Test,
    View,
)

Value = int
"""It may hold (1), it surely does (2)."""

_FALSE: Value = 0
_UNKNOWN: Value = 1
_TRUE: Value = 3
_SURELY = 2
_WORD = (1 << 64) - 1
_NOTHING = Output(frozenset())


class ImageBits(msgspec.Struct, frozen=True):
    """What is known of one image, or of several together."""

    matched: frozenset[int] = frozenset()
    unknown: frozenset[ImageField] = frozenset()


NO_IMAGE = ImageBits()
UNKNOWN_IMAGE = ImageBits(unknown=frozenset(ImageField))


class Name(msgspec.Struct, frozen=True):
    """One of the names of a file: its texts, of which an unknown one was cut."""

    texts: Mapping[View, bytes]
    unknown: frozenset[View] = frozenset()


NO_NAME = Name({})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel knows of a call and of the process that made it."""

    event_type: str
    related: Mapping[Relation, ImageBits]
    process_flags: frozenset[str] | None  # None: unknown
    container: ContainerBits
    members: Mapping[str, int | bytes]  # those known; addresses as sixteen bytes, IPv4 as mapped
    has: frozenset[str]  # ``enum call_fact``
    flags: frozenset[str]  # ``enum call_flag``
    opened: Name = NO_NAME
    real: Name | None = None  # where it is another
    has_others: bool = False  # and perhaps names that aren't told


class Judgement(msgspec.Struct, frozen=True):
    """Conditions, by number."""

    may: frozenset[int]
    surely: frozenset[int]
    fires: frozenset[int]  # surely hold by one of the names, which needn't be the real one


_NEITHER = Judgement(frozenset(), frozenset(), frozenset())


def image_bits(tables: KernelTables, texts: Mapping[ImageField, bytes | None]) -> ImageBits:
    """Return the bits of an image with these texts; of ``None`` nothing is known."""
    known = [
        automaton.read(text).predicates
        for field, automaton in tables.images.items()
        if (text := texts[field]) is not None
    ]
    unknown = frozenset(field for field, text in texts.items() if text is None)
    return ImageBits(frozenset[int]().union(*known), unknown)


def together(images: Iterable[ImageBits]) -> ImageBits:
    """Return the bits of several images of which any may do."""
    images = list(images)
    return ImageBits(
        frozenset[int]().union(*(image.matched for image in images)),
        frozenset[ImageField]().union(*(image.unknown for image in images)),
    )


def judge(tables: KernelTables, facts: Facts) -> Judgement:
    """Run the stages."""
    of_class = next((one for one in tables.classes if one.event_type == facts.event_type), None)
    if of_class is None:
        return _NEITHER
    candidates = of_class.conditions
    for program in (tables.process, of_class.numbers):
        candidates = _run(program, facts, _NO_NAMES, candidates).may
        if not candidates:
            return _NEITHER
    names = [_read(tables, name) for name in (facts.opened, facts.real) if name is not None]
    others = [_ANY_NAME] if facts.has_others else []
    if candidates & of_class.named:
        candidates -= of_class.named - frozenset[int]().union(
            *(_alive(name, of_class) for name in (*names, *others))
        )
    if not candidates:
        return _NEITHER
    judged = _over_names(of_class, facts, names, candidates)
    for name in others:
        again = _run(of_class.full, facts, name, candidates - of_class.opened_only)
        judged = msgspec.structs.replace(judged, may=judged.may | again.may)
    return judged


class _Found(msgspec.Struct, frozen=True):
    """What automata found out about a name."""

    outputs: Mapping[View, Output]
    unknown: frozenset[View]


def _read(tables: KernelTables, name: Name) -> _Found:
    outputs = {
        view: automaton.read(name.texts[view])
        for view, automaton in tables.views.items()
        if view in name.texts and view not in name.unknown
    }
    return _Found(outputs, name.unknown)


def _alive(found: _Found, of_class: EventClass) -> frozenset[int]:
    """Return the conditions that a name keeps: all, if it isn't known."""
    if found.unknown:
        return of_class.named
    kept = (output.conditions for output in found.outputs.values())
    return frozenset[int]().union(*kept)


def _over_names(
    of_class: EventClass, facts: Facts, names: Sequence[_Found], candidates: frozenset[int]
) -> Judgement:
    """Evaluate all of each condition: it may hold by either name, and surely by the real one."""
    opened = _run(of_class.full, facts, names[0], candidates)
    if len(names) == 1:
        return opened
    again = candidates - of_class.opened_only
    real = _run(of_class.full, facts, names[1], again)
    return Judgement(
        opened.may | real.may,
        real.surely | opened.surely - again,
        real.surely | opened.surely,
    )


_ANY_NAME = _Found({}, frozenset(View))
_NO_NAMES = _Found({}, frozenset())


def _run(program: Program, facts: Facts, found: _Found, candidates: frozenset[int]) -> Judgement:
    """Run a program: of these conditions, those whose requirements may, and surely do, hold."""
    values = {0: _UNKNOWN}
    for atom in program.atoms:
        values[atom.node] = _value(atom.test, facts, found)
    for gate in program.gates:
        value = _TRUE
        for literal in gate.parts:
            value &= _of_literal(values, literal)
        values[gate.node] = value
    may, surely = set(candidates), set(candidates)
    for literal, condition in program.requirements:
        value = _of_literal(values, literal)
        if not value & _UNKNOWN:
            may.discard(condition)
        if not value & _SURELY:
            surely.discard(condition)
    return Judgement(frozenset(may), frozenset(surely), frozenset(surely))


def _of_literal(values: Mapping[int, Value], literal: int) -> Value:
    value = values[literal >> 1]
    return _negated(value) if literal & 1 else value


def _negated(value: Value) -> Value:
    return ((~value >> 1) & 1) | ((~value & 1) << 1)


def _value(test: Test, facts: Facts, found: _Found) -> Value:
    match test:
        case OfImage():
            return _of_image(test, facts.related[test.relation])
        case OfFlags(flag=flag):
            return _UNKNOWN if facts.process_flags is None else _truth(flag in facts.process_flags)
        case OfContainer(bit=bit):
            known = _truth(bool(facts.container.matched >> bit & 1))
            return _UNKNOWN if facts.container.unknown >> bit & 1 else known
        case OfName():
            return _of_name(test, found)
        case OfNumber() | OfNetwork():
            return _of_member(test, facts)
        case _:
            assert_never(test)


def _truth(holds: bool) -> Value:  # noqa: FBT001  it is converted
    return _TRUE if holds else _FALSE


def _matched(test: OfImage | OfName) -> Value:
    return _TRUE if test.is_exact else _UNKNOWN


def _of_image(test: OfImage, image: ImageBits) -> Value:
    if test.bit in image.matched:
        return _matched(test)
    return _UNKNOWN if test.field in image.unknown else _FALSE


def _of_name(test: OfName, found: _Found) -> Value:
    if test.view in found.unknown:
        return _UNKNOWN
    output = found.outputs.get(test.view, _NOTHING)
    return _matched(test) if test.bit in output.predicates else _FALSE


def _of_member(test: OfNumber | OfNetwork, facts: Facts) -> Value:
    if not facts.flags.isdisjoint(test.unknown) or test.member not in facts.members:
        return _UNKNOWN
    if not facts.has.issuperset(test.needs):
        return _FALSE
    value = facts.members[test.member]
    if isinstance(test, OfNumber) and isinstance(value, int):
        return _truth(_compares(test, value))
    if isinstance(test, OfNetwork) and isinstance(value, bytes):
        return _truth(any(_is_within(value, *network) for network in test.networks))
    raise TypeError(f"{test.member} is {value!r}")


_ORDERS: Mapping[Compare, Callable[[int, int], bool]] = {
    Compare.LT: operator.lt,
    Compare.LE: operator.le,
    Compare.GT: operator.gt,
    Compare.GE: operator.ge,
}


def _compares(test: OfNumber, value: int) -> bool:
    masked = value & test.mask
    values = {number & _WORD for number in test.values}
    match test.compare:
        case Compare.EQ | Compare.IN:
            return masked in values
        case Compare.NE:
            return masked not in values
        case Compare.ANY_BITS:
            return masked != 0
        case Compare.EXISTS:
            return True
        case order:
            return _ORDERS[order](value, test.values[0])


def _is_within(address: bytes, base: bytes, prefix: int) -> bool:
    spare = 8 * len(base) - prefix
    return int.from_bytes(address) >> spare == int.from_bytes(base) >> spare
