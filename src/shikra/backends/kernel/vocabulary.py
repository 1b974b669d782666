"""
What each comparison of a rule means to the kernel, by type of event.

In: an atom and a type of event. Out: a ``Meaning``. A comparison on the container alone is decided
once a container, in user space; one between two fields, or on a field that the kernel doesn't
have, is unknown; one on a field that has no value in this type of event is false.
"""

from collections.abc import Iterable, Iterator, Mapping

from shikra.backends.kernel import call_words, parameter_words, process_words
from shikra.backends.kernel.comparisons import Comparisons
from shikra.backends.kernel.meaning import FALSE, Fixed, InContainer, Leaf, Meaning, Unknown
from shikra.backends.kernel.texts import Texts
from shikra.backends.kernel.words import Untold, Word
from shikra.backends.live.predicate import predicate
from shikra.model.event import Event
from shikra.model.field import Catalogue, Stage
from shikra.rules.ir import Apply, Atom, Constant, Op, Operand, Read, Sequence

_NO_EVENT = Event("", "", 0, {})


class Vocabulary:
    """Translates; what was translated once is remembered."""

    def __init__(self, catalogue: Catalogue, texts: Texts) -> None:
        """Look fields up here, and register patterns there."""
        self._catalogue = catalogue
        self._comparisons = Comparisons(texts.register)
        self._words: dict[str | None, Mapping[str, Word]] = {}
        self._known: dict[tuple[Atom, Word | None], Meaning] = {}
        self._seen: dict[tuple[int, str | None], tuple[Atom, Meaning]] = {}

    def meaning(self, atom: Atom, kind: str | None) -> Meaning:
        """
        Return what a comparison means at a type of event, or, at ``None``, between events.

        Where it means the same, the same object is returned.
        """
        key = (id(atom), kind)  # looking up the atom itself takes as long as it is
        if key not in self._seen:
            word = self._word(atom, kind)
            if (atom, word) not in self._known:
                self._known[atom, word] = self._meaning(atom, word)
            self._seen[key] = atom, self._known[atom, word]
        return self._seen[key][1]

    def _word(self, atom: Atom, kind: str | None) -> Word | None:
        """Return the word of the one field on the left side."""
        read = _innermost(atom.left)
        if read is None:
            return None
        if kind not in self._words:
            self._words[kind] = {} if kind is None else call_words.words(kind)
        found = self._words[kind].get(read.name) or process_words.word(read)
        if found is None and kind is not None:
            found = parameter_words.word(kind, read)
        return found or Untold(f"{read.name} isn't known to the kernel")

    def _meaning(self, atom: Atom, word: Word | None) -> Meaning:
        read = list(read_by([atom]))
        if not read:
            return Fixed(predicate(atom)(_NO_EVENT.fields))
        if all(self._catalogue[each.field].stage is Stage.CONTAINER for each in read):
            return Leaf(InContainer(atom))
        if atom.right == () and atom.op is not Op.EXISTS:
            return FALSE
        if not isinstance(atom.right, tuple):
            return Unknown("two fields are compared with each other in user space")
        if word is None:
            return Unknown("several texts are joined in user space")
        return self._comparisons.meaning(word, atom)


def _innermost(operand: Operand) -> Read | None:
    """Return the field that transformers of one argument are applied to."""
    match operand:
        case Read():
            return operand
        case Apply(arguments=(inner,)):
            return _innermost(inner)
        case _:
            return None


def reads(operand: Operand) -> Iterator[Read]:
    """Find every field that an operand reads."""
    match operand:
        case Read():
            yield operand
        case Apply(arguments=parts) | Sequence(items=parts):
            for part in parts:
                yield from reads(part)
        case Constant():
            pass


def read_by(atoms: Iterable[Atom]) -> Iterator[Read]:
    """Find every field that comparisons read, on either side."""
    for atom in atoms:
        yield from reads(atom.left)
        if not isinstance(atom.right, tuple):
            yield from reads(atom.right)
