"""What became of one attempt to hand something to the world outside."""

import msgspec


class Done(msgspec.Struct, frozen=True):
    """It arrived."""


class Retry(msgspec.Struct, frozen=True):
    """It may arrive if it is tried again."""

    reason: str
    after_s: float = 1.0


class Refused(msgspec.Struct, frozen=True):
    """It never will."""

    reason: str


Outcome = Done | Retry | Refused
