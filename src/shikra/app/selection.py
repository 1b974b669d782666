"""
Switch rules on and off as the configuration's ``rules`` say, in their order.

In: a rule set and selections. Out: the rule set with other rules enabled. A selection that no
rule answers to is no mistake, since rules may be meant that other files have; it is warned of.
"""

import difflib
import fnmatch
from collections.abc import Iterator

import msgspec

from shikra.app.settings import Selection, Target
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules.ir import Rule, RuleSet

NO_RULE = "SHIKRA_CONFIG_NO_RULE"


def select(ruleset: RuleSet, selections: tuple[Selection, ...]) -> RuleSet:
    """Return the rule set with each selection applied after the other."""
    return RuleSet(ruleset.nodes, tuple(_selected(rule, selections) for rule in ruleset.rules))


def unanswered(ruleset: RuleSet, selections: tuple[Selection, ...]) -> Iterator[Diagnostic]:
    """Warn of each selection that no loaded rule answers to."""
    for index, selection in enumerate(selections):
        for word, target in (("enable", selection.enable), ("disable", selection.disable)):
            if target is not None and not any(_is_meant(rule, target) for rule in ruleset.rules):
                yield _unanswered(f"rules[{index}].{word}", target, ruleset)


def _unanswered(key: str, target: Target, ruleset: RuleSet) -> Diagnostic:
    asked = {"rule": target.rule, "tag": target.tag}
    shown = " and ".join(f'{word} "{text}"' for word, text in asked.items() if text is not None)
    names = [rule.info.name for rule in ruleset.rules]
    near = difflib.get_close_matches(target.rule or "", names, n=1)
    return Diagnostic(
        severity=Severity.WARNING,
        code=NO_RULE,
        message=f"{key}: no loaded rule answers to {shown or 'nothing'}",
        hint=f'did you mean "{near[0]}"?' if near else "shikra rules list names all",
    )


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
