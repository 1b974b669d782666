"""Rule files that are found and read."""

import contextlib
import os
from pathlib import Path

import pytest

from shikra.app import rule_files

NOBODY = 65_534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of rule files and of others."""
    for name in ("b.yaml", "a.yml", "a.test.yaml", "README.md"):
        (tmp_path / name).write_text(name)
    (tmp_path / "c.yaml").mkdir()
    return tmp_path


def test_a_folder_stands_for_its_rule_files(folder: Path) -> None:
    """Rule files are read in alphabetical order; tests of rules and other files aren't."""
    found = rule_files.read([str(folder), str(folder / "README.md")])
    assert [file.text for file in found.files] == [b"a.yml", b"b.yaml", b"README.md"]
    assert found.diagnostics == ()


def test_a_pack_is_found_by_its_name() -> None:
    """The packs that come with Shikra are read, and their files named as their user knows them."""
    found = rule_files.read(["pack:runtime"])
    assert found.diagnostics == ()
    assert all(file.name.startswith("pack:runtime/") for file in found.files)
    assert len(found.files) > 3


def test_all_that_cannot_be_read_is_told(folder: Path) -> None:
    """Each missing file, empty folder, unknown pack and pipe is told, and the rest is read."""
    empty = folder / "empty"
    empty.mkdir()
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    entries = ["pack:runtme", str(folder / "no.yaml"), str(empty), str(pipe), str(folder / "a.yml")]
    found = rule_files.read(entries)
    assert [file.text for file in found.files] == [b"a.yml"]
    assert [str(diagnostic) for diagnostic in found.diagnostics] == [
        'pack:runtme:1:1: LOAD_ERR_FILE_READ no pack is named "runtme": did you mean "runtime"?',
        f"{folder}/no.yaml:1:1: LOAD_ERR_FILE_READ No such file or directory",
        f"{empty}:1:1: LOAD_ERR_FILE_READ no rule files (*.yaml, *.yml) in it",
        f"{pipe}:1:1: LOAD_ERR_FILE_READ not a file",
    ]


def test_a_relative_name_is_told_with_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name is of the folder that Shikra is started in; a mistake says which it was."""
    monkeypatch.chdir(folder)
    found = rule_files.read(["a.yml", "no.yaml"])
    assert [file.text for file in found.files] == [b"a.yml"]
    (problem,) = found.diagnostics
    assert str(problem).endswith(f"No such file or directory – relative to {folder}")


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    """Another user, to whom a rule file is closed, is told so, with the file's name."""
    path = tmp_path / "mine.yaml"
    path.touch(mode=0)
    problems = []
    with contextlib.ExitStack() as stack:
        if os.geteuid() == 0:  # whom nothing is closed to
            stack.callback(os.seteuid, 0)
            for parent in (tmp_path, *tmp_path.parents[:2]):
                parent.chmod(0o755)
            os.seteuid(NOBODY)
        problems = [str(one) for one in rule_files.read([str(path)]).diagnostics]
    assert problems == [f"{path}:1:1: LOAD_ERR_FILE_READ Permission denied"]
