"""Rules that the configuration switches on and off."""

import pytest

from shikra.app.selection import select, unanswered
from shikra.app.settings import Selection, Target
from shikra.model.rule import Priority, RuleInfo
from shikra.rules.ir import Rule, RuleSet


def rule(name: str, *tags: str, is_enabled: bool = True) -> Rule:
    """Make a rule of which only name, tags and state matter."""
    info = RuleInfo(
        name=name,
        priority=Priority.ERROR,
        source="syscall",
        tags=tags,
        description="",
        revision="1",
    )
    return Rule(info=info, root=0, event_types=frozenset(), output=(), is_enabled=is_enabled)


RULES = RuleSet(
    (), (rule("Read [a]", "secrets"), rule("Read b"), rule("Shell", "secrets", is_enabled=False))
)
ALL_OFF = Selection(disable=Target(rule="*"))


@pytest.mark.parametrize(
    ("selections", "enabled"),
    [
        pytest.param((), ["Read [a]", "Read b"], id="as the rules say"),
        pytest.param((ALL_OFF,), [], id="all off"),
        pytest.param(
            (ALL_OFF, Selection(enable=Target(tag="secrets"))),
            ["Read [a]", "Shell"],
            id="only a tag, in this order",
        ),
        pytest.param((Selection(enable=Target(tag="secrets")), ALL_OFF), [], id="other order"),
        pytest.param((Selection(disable=Target(rule="Read *")),), [], id="a part of the name"),
        pytest.param(
            (Selection(disable=Target(rule="Read [a]")),), ["Read b"], id="brackets are plain"
        ),
        pytest.param(
            (Selection(disable=Target(rule="Read ?")),),
            ["Read [a]", "Read b"],
            id="a question mark is plain",
        ),
        pytest.param(
            (Selection(disable=Target(rule="read b")),), ["Read [a]", "Read b"], id="case"
        ),
        pytest.param(
            (Selection(disable=Target(rule="Read*", tag="secrets")),), ["Read b"], id="both"
        ),
        pytest.param((Selection(disable=Target()),), ["Read [a]", "Read b"], id="empty target"),
        pytest.param((Selection(disable=Target(rule="X")),), ["Read [a]", "Read b"], id="no rule"),
    ],
)
def test_rules_are_switched_in_order(selections: tuple[Selection, ...], enabled: list[str]) -> None:
    """Each selection acts on what the ones before it left; a later one wins."""
    selected = select(RULES, selections)
    assert [one.info.name for one in selected.rules if one.is_enabled] == enabled


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        pytest.param(ALL_OFF, [], id="all"),
        pytest.param(Selection(enable=Target(tag="secrets")), [], id="a tag"),
        pytest.param(
            Selection(disable=Target(rule="Nothing*")),
            ['rules[1].disable: no loaded rule answers to rule "Nothing*"'],
            id="no rule",
        ),
        pytest.param(
            Selection(disable=Target(rule="Raed b")),
            ['answers to rule "Raed b" – did you mean "Read b"?'],
            id="misspelt",
        ),
        pytest.param(
            Selection(enable=Target(rule="Read b", tag="secrets")),
            ['rules[1].enable: no loaded rule answers to rule "Read b" and tag "secrets"'],
            id="not both",
        ),
    ],
)
def test_a_selection_without_an_answer_is_told(selection: Selection, told: list[str]) -> None:
    """Who switches a rule that isn't there is warned, with the place and a near name."""
    found = [str(one) for one in unanswered(RULES, (ALL_OFF, selection))]
    assert len(found) == len(told)
    assert all(words in one for words, one in zip(told, found, strict=True))
