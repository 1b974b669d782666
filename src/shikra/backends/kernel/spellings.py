"""
What is asked of a name that can be spelled in several ways.

In: a test of a name. Out: its meaning, by the name that is looked at and its other spellings. A
condition may hold if it does by any of them, and surely does if it does by that name. So where the
test is wanted, a match of another spelling may do; where it is ruled out, one that doesn't match.
"""

from shikra.backends.kernel import aliased
from shikra.backends.kernel.meaning import Leaf, Meaning, NameText, both, either, opposite
from shikra.backends.kernel.texts import Texts
from shikra.model.kernel_tables import View


class Spellings:
    """Finds the spellings of each patterns once."""

    def __init__(self, texts: Texts) -> None:
        """Register what is asked beside a test there."""
        self._texts = texts
        self._known: dict[tuple[View, int], int | None] = {}

    def meaning(self, name: NameText, *, is_wanted: bool) -> Meaning:
        """Return what a test is to mean, depending on whether it is wanted or ruled out."""
        spelled = self._spelled(name)
        if spelled is None:
            return Leaf(name)
        if is_wanted:
            return either((Leaf(name), Leaf(NameText(name.view, spelled, is_exact=False))))
        several = self._texts.register(aliased.has_aliases(name.view))
        has_others = Leaf(NameText(name.view, several))
        perhaps = Leaf(NameText(name.view, several, is_exact=False))
        return both(Leaf(name), either((opposite(has_others), perhaps)))

    def _spelled(self, name: NameText) -> int | None:
        """Return the number of the patterns of all spellings; ``None`` if there is but one."""
        key = (name.view, name.patterns)
        if key not in self._known:
            found = aliased.with_aliases(name.view, self._texts[name.patterns])
            self._known[key] = None if found is None else self._texts.register(found)
        return self._known[key]
