"""
Find rules that mayn't enforce what they ask for.

In: rules as they are written. Out: why not, by name, in the words in which loading refuses them.
"""

from collections.abc import Iterator, Mapping

from shikra.app import crossing, enforceable
from shikra.backends.kernel.enforceable import refusals
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.ir import Rule
from shikra.rules.read import RuleFile


def refused(file: RuleFile) -> Mapping[str, tuple[str, ...]]:
    """Return why rules can't enforce; nothing of those that can."""
    loaded = build.load(
        (file,), CATALOGUE, event_types=event_types.NAMES, produced=event_types.PRODUCED
    )
    plans = crossing.plans(loaded.ruleset)

    def why(rule: Rule) -> Iterator[str]:
        enforcement = rule.info.enforcement
        if enforcement is not None:
            for one in refusals(rule, plans.get(rule.info.name), enforcement.means):
                yield f"{enforceable.refusal(enforcement.means, one)} – {one.rewrite}"

    found = {rule.info.name: tuple(why(rule)) for rule in loaded.ruleset.rules}
    return {name: reasons for name, reasons in found.items() if reasons}
