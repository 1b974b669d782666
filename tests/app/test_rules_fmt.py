"""``shikra rules fmt``."""

import io
import os
import sys
from pathlib import Path

import pytest

from shikra.app import cli

LOOSE = "- list: l\n  items: ['a',   b]\n"
IN_FORM = "- list: l\n  items: [a, b]\n"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "loose.yaml"
    path.write_text(LOOSE)
    path.chmod(0o640)
    return path


def test_files_are_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files are printed in canonical form, and stay as they are."""
    assert cli.main(["rules", "fmt", str(file)]) == 0
    assert capsys.readouterr().out == IN_FORM
    assert file.read_text() == LOOSE


def test_standard_input_is_formatted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A minus, or no path, stands for standard input."""
    for words in ([], ["-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOSE.encode())))
        assert cli.main(["rules", "fmt", *words]) == 0
        assert capsys.readouterr().out == IN_FORM


def test_files_are_checked_and_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--check`` only says what would change; ``--write`` changes it, and nothing else of it."""
    assert cli.main(["rules", "fmt", "--check", str(file.parent)]) == 1
    assert capsys.readouterr().out == f"{file} would change\n"
    assert file.read_text() == LOOSE
    link = file.parent / "link.yml"
    link.symlink_to(file)
    assert cli.main(["rules", "fmt", "--write", str(link)]) == 0
    assert link.is_symlink()
    assert file.read_text() == IN_FORM
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(file.parent.iterdir()) == [link, file]
    capsys.readouterr()
    assert cli.main(["rules", "fmt", "--check", str(file)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of others to format")
def test_a_file_stays_whose_it_was(file: Path) -> None:
    """Root that writes somebody's file leaves it to them."""
    os.chown(file, 65534, 65533)
    assert cli.main(["rules", "fmt", "--write", str(file)]) == 0
    assert file.read_text() == IN_FORM
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65533)
    assert file.stat().st_mode & 0o777 == 0o640


def test_mistakes_are_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is wrong is told and left as it is; the others are formatted."""
    wrong = file.parent / "wrong.yaml"
    wrong.write_text("- list: [\n")
    assert cli.main(["rules", "fmt", "--write", str(wrong), str(file), "/nowhere.yaml"]) == 1
    told = capsys.readouterr().err
    assert str(wrong) in told
    assert "/nowhere.yaml" in told
    assert wrong.read_text() == "- list: [\n"
    assert file.read_text() == IN_FORM


@pytest.mark.parametrize("words", [["--write", "--check"], ["--chek"]])
def test_wrong_use_is_told(words: list[str]) -> None:
    """Options that exclude each other, or aren't there, are wrong use."""
    assert cli.main(["rules", "fmt", *words]) == 2
