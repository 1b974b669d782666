"""
Switch rules on and off as the configuration's ``rules`` say, in their order.

In: a rule set and selections. Out: the rule set with other rules enabled. A selection that no
rule answers to is no mistake: Falco's tags name rules that a pack may not have.
"""

import fnmatch

import msgspec

from shikra.app.settings import Selection, Target
from shikra.rules.ir import Rule, RuleSet


def select(ruleset: RuleSet, selections: tuple[Selection, ...]) -> RuleSet:
    """Return the rule set with each selection applied after the other."""
    return RuleSet(ruleset.nodes, tuple(_selected(rule, selections) for rule in ruleset.rules))


def _selected(rule: Rule, selections: tuple[Selection, ...]) -> Rule:
    is_enabled = rule.is_enabled
    for selection in selections:
        if selection.enable is not None and _is_meant(rule, selection.enable):
            is_enabled = True
        if selection.disable is not None and _is_meant(rule, selection.disable):
            is_enabled = False
    return msgspec.structs.replace(rule, is_enabled=is_enabled)


def _is_meant(rule: Rule, target: Target) -> bool:
    """Whether the target's name, in which only ``*`` is special, or its tag is the rule's."""
    if target.tag is not None and target.tag not in rule.info.tags:
        return False
    if target.rule is None:
        return target.tag is not None
    pattern = target.rule.replace("[", "[[]").replace("?", "[?]")
    return fnmatch.fnmatchcase(rule.info.name, pattern)
