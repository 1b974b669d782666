"""Tables that let through whatever is of a type."""

from shikra.sources.kernel import watching


def test_every_type_has_a_condition_of_its_own() -> None:
    """Each type is a class with one condition, which nothing of the event excludes."""
    made = watching.tables(frozenset({"open", "connect"}), frozenset({"open", "connect"}))
    assert [each.event_type for each in made.classes] == ["connect", "open"]
    assert [each.conditions for each in made.classes] == [{0}, {1}]
    assert made.process.requirements == ()


def test_what_the_host_is_not_watched_for_requires_a_container() -> None:
    """A type that isn't watched on the host has a condition that the host's bit excludes."""
    made = watching.tables(frozenset({"open", "connect"}), frozenset({"open"}))
    assert made.process.requirements == ((2, 0),)
    assert not watching.ON_HOST.matched >> watching.IS_CONTAINER & 1
