"""
How the kernel evaluates a rule, for those who want to know.

Which of its comparisons are decided at which stage, which are left to user space, and why.
"""

import enum
from collections.abc import Mapping

import msgspec

from shikra.backends.kernel.stages import Stage
from shikra.rules.ir import Atom


class Verdict(enum.Enum):
    """What the kernel decides of a rule."""

    EXACT = "exact"  # all
    SUPERSET = "superset"  # enough to hold back events that can't match
    USER_SPACE = "user-space only"  # the type of event alone
    NEVER = "never"  # that no event can match


class Left(msgspec.Struct, frozen=True):
    """A comparison that is left to user space."""

    atom: Atom
    reason: str


class RulePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule is evaluated."""

    verdict: Verdict
    kinds: tuple[str, ...]  # types of event at which it is evaluated; none: it can't match
    atoms: Mapping[Stage, tuple[Atom, ...]]  # by the stage at which they are decided
    left: tuple[Left, ...]
    is_past_bound: bool  # left to user space because the tables hold no more rules
    gates: int  # of its whole condition, at the type of event where it has most
    conditions: tuple[int, ...]
