"""
What comparisons with constants mean to the kernel.

In: a word and a comparison. Out: a ``Meaning``, which says of the word's values what
``backends.live`` says of the field's; what the kernel can't decide is unknown, with the reason.
"""

from collections.abc import Callable
from typing import assert_never

import msgspec

from shikra.backends.kernel import (
    flag_comparisons,
    lines,
    text_comparisons,
    value_comparisons,
)
from shikra.backends.kernel.meaning import (
    FALSE,
    ImageText,
    Leaf,
    Meaning,
    NameText,
    Unknown,
    both,
    either,
    opposite,
)
from shikra.backends.kernel.patterns import Patterns
from shikra.backends.kernel.residual import accepts
from shikra.backends.kernel.words import (
    Argument,
    Ends,
    FarCreator,
    Flagged,
    Image,
    Name,
    Nothing,
    Split,
    Text,
    Untold,
    Word,
    Written,
)
from shikra.model.kernel_tables import ImageField, Relation, View
from shikra.rules.ir import Atom, Op, Read

_EMPTY = Unknown("no argument is told from an empty one in user space")
_FAR = Unknown("creators beyond the third are told apart in user space")
_AS_WRITTEN = Unknown("how a path was written is told in user space")
_LINES = (ImageField.ARGS, ImageField.CMDLINE)
_SEVERAL = (Relation.ANY, Relation.LINEAGE)


class Comparisons:
    """Says what they mean; patterns get their numbers from ``register``."""

    def __init__(self, register: Callable[[Patterns], int]) -> None:
        """Register patterns here."""
        self._register = register

    def meaning(self, word: Word, atom: Atom) -> Meaning:  # noqa: PLR0911  one line a word
        """Return what a comparison means, whose left side is a field or transformers on one."""
        match word:
            case Nothing():
                return FALSE
            case Untold(reason=reason):
                return Unknown(reason)
            case Split(where=where, here=here, elsewhere=elsewhere):
                there = both(opposite(where), self.meaning(elsewhere, atom))
                return either((both(where, self.meaning(here, atom)), there))
            case Ends(words=words):
                return self._of_ends(words, atom)
            case Image(relation=relation) if relation in _SEVERAL:
                return text_comparisons.of_any(atom, lambda found: self._test(word, found))
            case Image() | Argument() | FarCreator() | Name():
                return text_comparisons.of_one(atom, lambda found: self._test(word, found))
            case _ if not isinstance(atom.left, Read):
                return text_comparisons.TRANSFORMED
            case Flagged(otherwise=otherwise):
                return flag_comparisons.meaning(word, atom, self.meaning(otherwise, atom))
            case Written(view=view):
                return self._of_written(view, atom)
            case _:
                return value_comparisons.meaning(word, atom)

    def _test(self, word: Text, found: Patterns) -> Meaning:
        """Return the test of a text, as good as the kernel has it."""
        match word:
            case Image(relation=relation, field=field):
                return self._of_image(relation, field, found)
            case Name(view=view):
                return Leaf(NameText(view, self._register(found)))
            case Argument(index=index):
                return self._of_argument(index, found)
            case FarCreator(field=field):
                return both(self._of_image(Relation.ANY, field, found), _FAR)
            case _:
                assert_never(word)

    def _of_image(self, relation: Relation, field: ImageField, found: Patterns) -> Meaning:
        patterns = lines.joined(found) if field in _LINES else found
        return Leaf(ImageText(relation, field, self._register(patterns)))

    def _of_argument(self, index: int, found: Patterns) -> Meaning:
        line = self._register(lines.with_argument(index, found))
        there = Leaf(ImageText(Relation.SELF, ImageField.ARGS, line))
        return both(there, _EMPTY) if index == 0 and accepts(found) else there

    def _of_written(self, view: View, atom: Atom) -> Meaning:
        """Look for a path that is compared as a whole where it stands when tidied."""
        found = text_comparisons.tidied(atom)
        return _AS_WRITTEN if found is None else both(self._test(Name(view), found), _AS_WRITTEN)

    def _of_ends(self, words: tuple[Word, ...], atom: Atom) -> Meaning:
        """At the two ends of a connection ``!=`` wants both to differ."""
        if atom.op is not Op.NE:
            return either(self.meaning(word, atom) for word in words)
        exists = Atom(left=atom.left, op=Op.EXISTS, right=())
        same = msgspec.structs.replace(atom, op=Op.EQ)
        return both(
            either(self.meaning(word, exists) for word in words),
            opposite(either(self.meaning(word, same) for word in words)),
        )
