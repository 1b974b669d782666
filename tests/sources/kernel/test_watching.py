"""Tables that let through whatever is of a type."""

from shikra.sources.kernel import watching


def test_every_type_has_a_condition_of_its_own() -> None:
    """Each type is a class with one condition, which nothing of process or event excludes."""
    made = watching.tables(frozenset({"open", "connect"}))
    assert [each.event_type for each in made.classes] == ["connect", "open"]
    assert [each.conditions for each in made.classes] == [{0}, {1}]
    assert made.process.requirements == ()
    assert all(each.full.requirements == () for each in made.classes)
