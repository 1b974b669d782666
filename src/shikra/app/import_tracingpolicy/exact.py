"""
Take enforcement from rules that mayn't enforce.

In: rules as they are written. Out: those whose condition the kernel doesn't decide exactly, each
with what it doesn't decide.
"""

from collections.abc import Mapping

from shikra.app import crossing
from shikra.app.explain import values
from shikra.backends.kernel.rule_plan import Verdict
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.read import RuleFile


def inexact(file: RuleFile) -> Mapping[str, str]:
    """Return rules that the kernel doesn't decide exactly: why not, by name."""
    loaded = build.load(
        (file,), CATALOGUE, event_types=event_types.NAMES, produced=event_types.PRODUCED
    )
    return {
        name: ", ".join(dict.fromkeys(values.atom(left.atom) for left in plan.left))
        for name, plan in crossing.plans(loaded.ruleset).items()
        if plan.verdict is not Verdict.EXACT
    }
