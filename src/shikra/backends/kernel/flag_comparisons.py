"""
What comparisons of a text mean that joins the names of what is set: ``O_RDWR|O_CREAT``.

In: the names, each with what it takes, and a comparison; what it means if nothing is set that has
a name. Out: its meaning. A name is told from a longer one that it is part of.
"""

from shikra.backends.kernel.meaning import (
    FALSE,
    TRUE,
    Meaning,
    Unknown,
    both,
    either,
    every,
    opposite,
)
from shikra.backends.kernel.words import Flagged
from shikra.rules.ir import Atom, Constants, Op, Quantifier


def meaning(word: Flagged, atom: Atom, otherwise: Meaning) -> Meaning:
    """Return what a comparison means."""
    has_names = either(holds for _, holds in word.names)
    named = _named(word, atom)
    if atom.op in (Op.EXISTS, Op.NE):
        named = both(has_names, named)  # else it says itself that there are some
    return either((named, both(opposite(has_names), otherwise)))


def _named(word: Flagged, atom: Atom) -> Meaning:
    """Say it of what has names."""
    texts = [text for text in _constants(atom) if isinstance(text, bytes)]
    match atom.op, atom.quantifier:
        case Op.EXISTS, _:
            return TRUE
        case ((Op.CONTAINS | Op.ICONTAINS), (None | Quantifier.ANY)) if _are_parts(word, texts):
            is_folded = atom.op is Op.ICONTAINS
            return either(_contains(word, text, is_folded=is_folded) for text in texts)
        case ((Op.EQ | Op.IN | Op.INTERSECTS), (None | Quantifier.ANY)):
            return either(_is_just(word, text) for text in texts)
        case Op.NE, None:
            return opposite(_is_just(word, texts[0]))
        case op, _:
            return Unknown(f'"{op.value}" on names of flags is left to user space')


def _are_parts(word: Flagged, texts: list[bytes]) -> bool:
    """Whether each can only stand within one name."""
    return all(text and word.joint not in text for text in texts)


def _contains(word: Flagged, text: bytes, *, is_folded: bool) -> Meaning:
    if is_folded:
        return either(holds for name, holds in word.names if text.lower() in name.lower())
    return either(holds for name, holds in word.names if text in name)


def _is_just(word: Flagged, text: bytes) -> Meaning:
    """Whether these names are all that is set, in their order."""
    wanted = text.split(word.joint)
    if word.is_choice:
        values = dict(word.names)
        value = values.get(wanted[0], FALSE)
        return value if wanted == [name for name in values if values[name] == value] else FALSE
    if wanted != [name for name, _ in word.names if name in wanted]:
        return FALSE
    return every(holds if name in wanted else opposite(holds) for name, holds in word.names)


def _constants(atom: Atom) -> Constants:
    if not isinstance(atom.right, tuple):
        raise TypeError("the right side is not known before the event")
    return atom.right
