"""Packs and their files are found."""

from pathlib import Path

import pytest

from shikra.app import packs


def test_both_packs_are_there() -> None:
    """The packs that come with Shikra are found by name, with or without the prefix."""
    assert packs.names() == ["runtime", "vault-secrets"]
    assert packs.find("pack:runtime") == packs.find("runtime")


def test_an_unknown_pack_is_named() -> None:
    """A pack that isn't there is refused with those that are."""
    with pytest.raises(packs.UnknownPackError, match='did you mean "runtime"'):
        packs.find("pack:runtim")


def test_tests_are_no_rules(tmp_path: Path) -> None:
    """Rule files come in alphabetical order, without tests, other files and folders."""
    for name in ("b.yaml", "_a.yml", "b.test.yaml", "README.md", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert [file.name for file in packs.files(tmp_path)] == ["_a.yml", "b.yaml"]
    assert packs.files(tmp_path / "b.yaml") == [tmp_path / "b.yaml"]
