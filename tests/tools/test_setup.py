"""What is set up is set up once, and said before it is done."""

import shutil
import sys
from pathlib import Path

import pytest
import setup


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a clone with an environment, nothing of it stamped yet."""
    monkeypatch.setattr(setup, "BUILD", tmp_path)
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    (tmp_path / "one").touch()
    (tmp_path / "two").touch()
    return tmp_path


def follow(clone: Path) -> list[str]:
    """Follow a plan of three steps and return those that were done."""
    done: list[str] = []

    def step(name: str, *made_from: str) -> setup.Step:
        files = tuple(clone / file for file in made_from)
        return setup.Step(name, files, lambda: done.append(name))

    setup.follow([step("a"), step("b", "one"), step("c", "two")])
    return done


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        pytest.param(None, [], id="nothing changed"),
        pytest.param("two", ["c"], id="last step's file"),
        pytest.param("one", ["b", "c"], id="file of a step that another rests on"),
    ],
)
def test_only_what_changed_is_done_again(
    clone: Path, changed: str | None, again: list[str]
) -> None:
    """A step is done again if a file of it, or of a step before it, has changed."""
    assert follow(clone) == ["a", "b", "c"]
    if changed is not None:
        (clone / changed).write_text("changed")
    assert follow(clone) == again


def test_everything_is_done_again_without_an_environment(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stamps count for nothing once the environment is gone."""
    follow(clone)
    monkeypatch.setattr(setup, "PYTHON", clone / "gone")
    assert follow(clone) == ["a", "b", "c"]


def test_a_step_that_fails_is_tried_again(clone: Path) -> None:
    """A step that didn't finish leaves no stamp."""

    def fail() -> None:
        raise setup.SetupError("no network")

    with pytest.raises(setup.SetupError):
        setup.follow([setup.Step("a", (), fail)])
    assert follow(clone) == ["a", "b", "c"]


def test_a_step_is_said_before_it_is_done(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user reads what is about to happen, one line a step."""
    follow(clone)
    assert capsys.readouterr().out == "setup: a\nsetup: b\nsetup: c\n"


def test_a_failing_program_is_quoted() -> None:
    """What a program said last is in the message when it fails."""
    with pytest.raises(setup.SetupError, match="no such luck"):
        setup.run("sh", "-c", "echo no such luck >&2; exit 3")


def test_without_apt_a_user_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On another system nothing is installed, and the message names what is missing and why."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    setup.install_packages([setup.Package("libbpf1", "loads the probe")])
    assert "libbpf1 (loads the probe)" in capsys.readouterr().out
