"""Which mode wins."""

import pytest

from shikra.enforce.modes import (
    Everywhere,
    Limit,
    Modes,
    OfNamespace,
    OfRule,
    Scope,
    Standing,
    of_namespace,
    of_unknown_namespace,
    standing,
)
from shikra.model.enforcement import Mode

RULE = "Vault secret read"
OBSERVED = Standing(Mode.OBSERVE, Limit.EVERYWHERE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(Modes(), OBSERVED, id="nothing said"),
        pytest.param(Modes(everywhere=Mode.ENFORCE), Standing(Mode.ENFORCE), id="enforced"),
        pytest.param(Modes(rules={RULE: Mode.ENFORCE}), OBSERVED, id="the rule alone isn't enough"),
        pytest.param(
            Modes(everywhere=Mode.ENFORCE, rules={RULE: Mode.OBSERVE}),
            Standing(Mode.OBSERVE, Limit.RULE),
            id="the rule is weaker",
        ),
        pytest.param(
            Modes(everywhere=Mode.OBSERVE, rules={RULE: Mode.OFF}),
            Standing(Mode.OFF, Limit.RULE),
            id="the weakest of two",
        ),
        pytest.param(
            Modes(everywhere=Mode.ENFORCE, rules={"*": Mode.OFF}),
            Standing(Mode.OFF, Limit.RULE),
            id="every other rule",
        ),
        pytest.param(
            Modes(everywhere=Mode.ENFORCE, rules={"*": Mode.OFF, RULE: Mode.ENFORCE}),
            Standing(Mode.ENFORCE),
            id="every rule but this",
        ),
        pytest.param(
            Modes(everywhere=Mode.ENFORCE, namespaces={"vault": Mode.OFF}),
            Standing(Mode.ENFORCE),
            id="a namespace is another matter",
        ),
    ],
)
def test_the_weakest_mode_of_a_rule_wins(said: Modes, expected: Standing) -> None:
    """A rule goes as far as all that bears on it allow, and what holds it back is named."""
    assert standing(RULE, said, is_soaking=False, is_braked=False) == expected


@pytest.mark.parametrize(
    ("is_soaking", "is_braked", "limit"),
    [
        pytest.param(True, False, Limit.SOAK, id="new"),
        pytest.param(False, True, Limit.BRAKE, id="braked"),
        pytest.param(True, True, Limit.BRAKE, id="the brake is told first"),
    ],
)
def test_a_rule_that_is_new_or_braked_is_observed(
    is_soaking: bool, is_braked: bool, limit: Limit
) -> None:
    """Whatever modes say, a rule that soaks or was braked doesn't act; nor does off become more."""
    enforced, off = Modes(everywhere=Mode.ENFORCE), Modes(everywhere=Mode.OFF)
    found = standing(RULE, enforced, is_soaking=is_soaking, is_braked=is_braked)
    assert found == Standing(Mode.OBSERVE, limit)
    found = standing(RULE, off, is_soaking=is_soaking, is_braked=is_braked)
    assert found == Standing(Mode.OFF, Limit.EVERYWHERE)


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        pytest.param("vault", Mode.OFF, id="named"),
        pytest.param("shop", Mode.OBSERVE, id="every other"),
        pytest.param("", Mode.OBSERVE, id="in no namespace"),
    ],
)
def test_a_namespace_has_its_mode(namespace: str, expected: Mode) -> None:
    """What isn't named is every other."""
    said = Modes(namespaces={"vault": Mode.OFF, "*": Mode.OBSERVE})
    assert of_namespace(namespace, said) is expected


def test_namespaces_limit_nothing_unless_they_are_named() -> None:
    """Where no mode of a namespace is set, whether it is known makes no difference."""
    assert of_unknown_namespace(Modes()) is Mode.ENFORCE
    assert of_unknown_namespace(Modes(namespaces={"shop": Mode.ENFORCE})) is Mode.ENFORCE
    assert of_namespace("vault", Modes(namespaces={"shop": Mode.OFF})) is Mode.ENFORCE


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(Everywhere(), Modes(everywhere=Mode.OFF), id="everywhere"),
        pytest.param(OfRule(RULE), Modes(rules={RULE: Mode.OFF}), id="rule"),
        pytest.param(OfNamespace("a"), Modes(namespaces={"a": Mode.OFF}), id="namespace"),
    ],
)
def test_what_is_said_later_takes_the_place_of_what_was_said_before(
    scope: Scope, expected: Modes
) -> None:
    """A mode that is set while running wins over the configuration's in that place alone."""
    configured = Modes(
        everywhere=Mode.ENFORCE, rules={RULE: Mode.ENFORCE}, namespaces={"a": Mode.ENFORCE}
    )
    later = Modes().with_mode(scope, Mode.OFF)
    assert later == expected
    assert Modes().under(later) == later
    assert configured.under(later) == configured.with_mode(scope, Mode.OFF)
    assert configured.under(Modes()) == configured
