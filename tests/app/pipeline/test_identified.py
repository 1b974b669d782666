"""Who is in a container is said in words, and as fields."""

from shikra.alerts.sessions import Update
from shikra.app.pipeline import identified
from shikra.model.rule import Priority
from support.visits import entry, session


def test_one_is_named() -> None:
    """User, address and command are told, as severe as the session's alerts."""
    update = Update(session(), (entry(),), ("a",), Priority.CRITICAL)
    assert identified.message(update).endswith(
        "session s1 in shop/cart, which began with sh, is ann from 192.0.2.7: sh"
    )
    assert identified.rule(update).priority is Priority.CRITICAL
    assert identified.fields(update)["ka.user.name"] == ["ann"]


def test_two_are_named_as_not_known() -> None:
    """Where it may be either, the message says so."""
    update = Update(session(), (entry(), entry(user="bob")), ("a",), Priority.NOTICE)
    said = identified.message(update)
    assert "one of these, it isn't known which: ann from" in said
    assert " or bob from" in said
    assert identified.fields(update)["ka.user.name"] == ["ann", "bob"]
