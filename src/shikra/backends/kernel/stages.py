"""
What a condition asks at each stage.

In: a literal of the folded circuit, for a type of event. Out: a literal of ``Gates``: the whole
condition, in three values, or what may hold as far as a stage can tell. There a test of a later
stage may hold, and so may its negation.
"""

import enum
from collections.abc import Container, Iterable
from typing import assert_never

from shikra.backends.kernel import gates, meaning
from shikra.backends.kernel.meaning import (
    Every,
    Fixed,
    ImageText,
    InContainer,
    Leaf,
    Meaning,
    NameText,
    Opposite,
    Unknown,
)
from shikra.backends.kernel.spellings import Spellings
from shikra.backends.kernel.texts import Bits
from shikra.backends.kernel.vocabulary import Vocabulary
from shikra.backends.live import fold
from shikra.model.kernel_tables import (
    ImageField,
    OfContainer,
    OfFlags,
    OfImage,
    OfName,
    OfNetwork,
    OfNumber,
    Test,
    View,
)
from shikra.rules.ir import Atom, Both


class Stage(enum.IntEnum):
    """When a test can be decided, in order."""

    CONTAINER = 0
    PROCESS = 1
    NUMBERS = 2
    NAMES = 3


def stage(ask: meaning.Ask) -> Stage:
    """Return the stage of a test."""
    match ask:
        case InContainer():
            return Stage.CONTAINER
        case ImageText() | OfFlags():
            return Stage.PROCESS
        case OfNumber() | OfNetwork():
            return Stage.NUMBERS
        case NameText():
            return Stage.NAMES
        case _:
            assert_never(ask)


class AllBits:
    """The bits of one set of tables."""

    def __init__(self, images: int, names: int, containers: int) -> None:
        """Give out so many bits of each kind."""
        self.images: Bits[tuple[ImageField, int]] = Bits(images)
        self.names: dict[View, Bits[int]] = {view: Bits(names) for view in View}
        self.containers: Bits[Atom] = Bits(containers)

    def test(self, ask: meaning.Ask) -> Test | None:
        """Return the test with its bit; ``None`` if there is none left."""
        match ask:
            case InContainer(atom=atom):
                bit = self.containers.of(atom)
                return None if bit is None else OfContainer(bit)
            case ImageText(relation=relation, field=field, patterns=patterns):
                bit = self.images.of((field, patterns))
                return None if bit is None else OfImage(relation, field, bit)
            case NameText(view=view, patterns=patterns, is_exact=is_exact):
                bit = self.names[view].of(patterns)
                return None if bit is None else OfName(view, bit, is_exact=is_exact)
            case OfFlags() | OfNumber() | OfNetwork():
                return ask
            case _:
                assert_never(ask)


class Translator:
    """Translates the conditions of one type of event into one ``Gates``."""

    def __init__(
        self,
        circuit: fold.Circuit,
        vocabulary: Vocabulary,
        bits: AllBits,
        spellings: Spellings,
        kind: str | None,
    ) -> None:
        """Translate for this type of event; ``None``: between events."""
        self.gates = gates.Gates()
        self._circuit = circuit
        self._vocabulary = vocabulary
        self._bits = bits
        self._kind = kind
        self._spellings = spellings
        self._whole: dict[tuple[int, bool], gates.Literal] = {}
        self._done: set[int] = set()
        self._may: dict[Stage, dict[fold.Literal, gates.Literal]] = {}

    def whole(self, literal: fold.Literal) -> gates.Literal:
        """
        Return the whole condition, in three values.

        It surely holds if it does by the name that is looked at, and may hold if it does by any
        spelling of it; so what is asked of a name depends on whether it is asked for or ruled out.
        """
        for index in self._below(literal, self._done):
            for is_wanted in (True, False):
                self._whole[index, is_wanted] = self._whole_node(index, is_wanted=is_wanted)
            self._done.add(index)
        return self._known(literal, is_wanted=True)

    def may(self, literal: fold.Literal, last: Stage) -> gates.Literal:
        """Return what may hold, by the tests up to a stage; whether it surely does isn't said."""
        known = self._may.setdefault(last, {})
        for index in self._below(literal, known):
            for each in (index, -index):
                known[each] = self._may_node(each, last)
        return known[literal]

    def _below(self, literal: fold.Literal, known: Container[int]) -> list[int]:
        """Return what a literal is made of and isn't known, parts first."""
        found: set[int] = set()
        pending = [abs(literal)]
        while pending:
            index = pending.pop()
            if index in found or index in known:
                continue
            found.add(index)
            node = self._circuit[index]
            pending += map(abs, node.parts) if isinstance(node, Both) else ()
        return sorted(found)

    def _known(self, literal: fold.Literal, *, is_wanted: bool) -> gates.Literal:
        if literal > 0:
            return self._whole[literal, is_wanted]
        return -self._whole[-literal, not is_wanted]

    def _whole_node(self, index: int, *, is_wanted: bool) -> gates.Literal:
        match self._circuit[index]:
            case Both(parts=parts):
                return self.gates.every(self._known(part, is_wanted=is_wanted) for part in parts)
            case Atom() as atom:
                known = self._vocabulary.meaning(atom, self._kind)
                return self._whole_meaning(known, is_wanted=is_wanted)
            case _:
                return gates.TRUE

    def _whole_meaning(self, part: Meaning, *, is_wanted: bool) -> gates.Literal:
        match part:
            case Fixed(holds=holds):
                return gates.TRUE if holds else gates.FALSE
            case Unknown():
                return gates.UNKNOWN
            case Leaf(ask=NameText() as name):
                return self._spelled(self._spellings.meaning(name, is_wanted=is_wanted))
            case Leaf(ask=ask):
                return self._asked(ask)
            case Every(parts=parts):
                each = (self._whole_meaning(one, is_wanted=is_wanted) for one in parts)
                return self.gates.every(each)
            case Opposite(part=inner):
                return -self._whole_meaning(inner, is_wanted=not is_wanted)
            case _:
                assert_never(part)

    def _spelled(self, part: Meaning) -> gates.Literal:
        """Return the literal of tests of a name."""
        match part:
            case Leaf(ask=ask):
                return self._asked(ask)
            case Every(parts=parts):
                return self.gates.every(map(self._spelled, parts))
            case Opposite(part=inner):
                return -self._spelled(inner)
            case _:
                return gates.UNKNOWN

    def _asked(self, ask: meaning.Ask) -> gates.Literal:
        test = self._bits.test(ask)
        return gates.UNKNOWN if test is None else self.gates.test(test)

    def _may_node(self, literal: fold.Literal, last: Stage) -> gates.Literal:
        match self._circuit[literal]:
            case Both(parts=parts) if literal > 0:
                return self.gates.every(self._may[last][part] for part in parts)
            case Both(parts=parts):
                return self._either(self._may[last][-part] for part in parts)
            case Atom() as atom:
                known = self._vocabulary.meaning(atom, self._kind)
                return self._may_meaning(known, last, holds=literal > 0)
            case _:
                return gates.TRUE if literal > 0 else gates.FALSE

    def _may_meaning(self, part: Meaning, last: Stage, *, holds: bool) -> gates.Literal:
        match part:
            case Fixed(holds=value):
                return gates.TRUE if value == holds else gates.FALSE
            case Unknown():
                return gates.TRUE
            case Leaf(ask=ask):
                test = self._bits.test(ask) if stage(ask) <= last else None
                literal = gates.TRUE if test is None else self.gates.test(test)
                return literal if holds or test is None else -literal
            case Every(parts=parts):
                each = (self._may_meaning(one, last, holds=holds) for one in parts)
                return self.gates.every(each) if holds else self._either(each)
            case Opposite(part=inner):
                return self._may_meaning(inner, last, holds=not holds)
            case _:
                assert_never(part)

    def _either(self, literals: Iterable[gates.Literal]) -> gates.Literal:
        return -self.gates.every(-literal for literal in literals)
