"""
The plans whose tables the kernel evaluates, or evaluated a moment ago.

In: an event's verdict, which names the generation of the tables that let it through. Out: the
plan that these tables were made of, and the rules of it that may fire. An event that was on its
way when rules were changed is so judged by the rules that were in force when it happened.
"""

import msgspec

from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.orders import NOT_SURE, Found
from shikra.app.pipeline.plan import Plan
from shikra.model.verdict import Verdict

KEPT = 2  # tables have two places in the kernel


class Asked(msgspec.Struct, frozen=True):
    """What an event is evaluated with."""

    plan: Plan
    among: frozenset[int] | None = None  # rules that may fire; ``None``: not known


class Generations:
    """Plans by generation, the last few."""

    def __init__(self) -> None:
        """Know none yet."""
        self._kept: dict[int, tuple[Plan, Candidates]] = {}

    def add(self, generation: int, plan: Plan, candidates: Candidates) -> None:
        """Take note of the plan whose tables are this generation."""
        self._kept[generation] = (plan, candidates)
        if len(self._kept) > KEPT:
            del self._kept[min(self._kept)]

    def find(self, verdict: Verdict) -> Asked | None:
        """Return what to ask of an event; ``None`` if its plan is forgotten."""
        found = self._kept.get(verdict.generation)
        if found is None:
            return None
        plan, candidates = found
        return Asked(plan, candidates.among(verdict.may))

    def did(self, verdict: Verdict, rule: int) -> Found:
        """Return what the kernel did about a rule's match; the rule is one of the plan's."""
        kept = self._kept.get(verdict.generation)
        if kept is None:  # what it did then, it may have done for any rule
            return Found(verdict.outcome, is_sure=verdict.outcome is not None)
        _, candidates = kept
        if verdict.outcome is not None and rule in candidates.among(verdict.acted):
            return Found(verdict.outcome, is_sure=True)
        return Found(None, is_sure=True) if rule in candidates.among(verdict.surely) else NOT_SURE
