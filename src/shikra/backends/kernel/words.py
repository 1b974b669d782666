"""
Where the kernel has the value of a field: the field's *word*.

A word also says whether there is a value. What comparisons with it mean stands in ``comparisons``.
"""

import msgspec

from shikra.backends.kernel.meaning import TRUE, Leaf, Meaning, both, opposite
from shikra.model.kernel_tables import Compare, ImageField, OfNumber, Relation, View
from shikra.model.value import Value


class Nothing(msgspec.Struct, frozen=True):
    """The event has no such value: no comparison holds."""


class Untold(msgspec.Struct, frozen=True):
    """The kernel can't tell."""

    reason: str


class Image(msgspec.Struct, frozen=True):
    """A text that an exec fixed, of a process or of any of several."""

    relation: Relation
    field: ImageField


class Argument(msgspec.Struct, frozen=True):
    """One argument of the process; none isn't told from one that is empty."""

    index: int


class FarCreator(msgspec.Struct, frozen=True):
    """A text of a creator that isn't told apart from the others."""

    field: ImageField


class Name(msgspec.Struct, frozen=True):
    """A text of the event."""

    view: View


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the record."""

    member: str
    mask: int = 0xFFFFFFFFFFFFFFFF
    is_signed: bool = False
    needs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def masked(self, mask: int) -> "Number":
        """Return some bits of it."""
        return msgspec.structs.replace(self, mask=self.mask & mask)

    def test(self, compare: Compare, *values: int) -> Meaning:
        """Return the test of it."""
        if compare is Compare.EXISTS and not self.needs and not self.unknown:
            return TRUE
        return Leaf(
            OfNumber(
                member=self.member,
                compare=compare,
                values=values,
                mask=self.mask,
                is_signed=self.is_signed,
                needs=self.needs,
                unknown=self.unknown,
            )
        )


class Counted(msgspec.Struct, frozen=True):
    """A number that the kernel doesn't know but for the least that it can be."""

    least: int


class Finite(msgspec.Struct, frozen=True):
    """One of a few values: each with what holds just when it is the one."""

    cases: tuple[tuple[Value, Meaning], ...]


class Coded(msgspec.Struct, frozen=True):
    """A name for each number; of a number that isn't listed, its digits."""

    number: Number
    listed: tuple[tuple[bytes, tuple[int, ...]], ...]


class Digits(msgspec.Struct, frozen=True):
    """A number, written in decimals."""

    number: Number


class Flagged(msgspec.Struct, frozen=True):
    """Names, joined, of what is set; if nothing is that has a name, what the other word says."""

    names: tuple[tuple[bytes, Meaning], ...]
    joint: bytes
    otherwise: "Word"
    is_choice: bool = False  # at most one value is set, which may have several names


class Written(msgspec.Struct, frozen=True):
    """A path as the caller wrote it; the kernel knows how it reads when tidied."""

    view: View


class Address(msgspec.Struct, frozen=True):
    """The address of an end of a connection, or the network that it is in."""

    end: str  # the member's name without ``_address``
    needs: tuple[str, ...]

    @property
    def exists(self) -> Meaning:
        """Whether the end is known."""
        return Number(member=f"{self.end}_port", needs=self.needs).test(Compare.EXISTS)


class Split(msgspec.Struct, frozen=True):
    """One word where something holds, another elsewhere."""

    where: Meaning
    here: "Word"
    elsewhere: "Word" = Nothing()


class Ends(msgspec.Struct, frozen=True):
    """Any of several values, each told by a word."""

    words: tuple["Word", ...]


Text = Image | Argument | FarCreator | Name
Single = Number | Counted | Finite | Coded | Digits | Address
Word = Nothing | Untold | Text | Single | Flagged | Written | Split | Ends


def boolean(holds: Meaning, known: Meaning = TRUE) -> Finite:
    """Return the word of a truth, which has a value where it is known."""
    return Finite(((True, both(known, holds)), (False, both(known, opposite(holds)))))
