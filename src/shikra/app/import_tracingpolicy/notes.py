"""
What is to be said about a translation, each at its place in the policy.

In: notes as the passes make them. Out: diagnostics for people.
"""

import enum

import msgspec

from shikra.model.diagnostic import Diagnostic
from shikra.rules import diagnostics
from shikra.rules import text as texts


class Effect(enum.Enum):
    """What follows from a note for the rule."""

    TOLD = "told"  # nothing: it matches what the policy does, or less
    NARROWER = "narrower"  # it may match less, so it can't be what another selector leaves out
    WIDER = "wider"  # it matches more than the policy, so it must not enforce
    MISTAKE = "mistake"  # the policy itself is wrong: there is no rule


CODES = {
    Effect.TOLD: "SHIKRA_NOT_TRANSLATED",
    Effect.NARROWER: "SHIKRA_NOT_TRANSLATED",
    Effect.WIDER: "SHIKRA_NOT_TRANSLATED",
    Effect.MISTAKE: "SHIKRA_WRONG_POLICY",
}


class Place(msgspec.Struct, frozen=True):
    """Where something stands: its path in the object, and the text of the file."""

    path: str
    where: texts.Text


class Note(msgspec.Struct, frozen=True):
    """Something that a reader of the rules must know."""

    effect: Effect
    message: str
    at: Place
    hint: str = ""


def diagnostic(note: Note, item: str) -> Diagnostic:
    """Return a note as what is printed of it."""
    message = f"{note.at.path}: {note.message}" if note.at.path else note.message
    mistake = diagnostics.whole(f"{item}: {message}" if item else message, note.at.where, note.hint)
    make = diagnostics.error if note.effect is Effect.MISTAKE else diagnostics.warning
    return make(CODES[note.effect], mistake, note.at.where, item)
