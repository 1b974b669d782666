"""Who reads the secret in the demonstration."""

from shikra.app.demo_vault import readers
from shikra.app.demo_vault.readers import Way


def test_a_program_that_is_missing_here_is_left_out() -> None:
    """What nobody can run isn't shown; Python is there, the application runs it."""
    names = [reader.name for reader in readers.present(lambda name: name == "cat")]
    assert "cat" in names
    assert "curl file://" not in names
    assert "python3 -c" in names


def test_readers_come_from_outside_and_from_inside() -> None:
    """Some enter, some are the application's own children; each has a name of its own."""
    assert {reader.way for reader in readers.ALL} == set(Way)
    assert len({reader.name for reader in readers.ALL}) == len(readers.ALL)
    assert len(readers.ALL) >= 20
