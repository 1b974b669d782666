"""What is remembered over a restart."""

import stat
from pathlib import Path

import pytest

from shikra.enforce import memory
from shikra.enforce.memory import Remembered
from shikra.enforce.modes import Modes
from shikra.model.enforcement import Mode

SOAKING = Remembered(soaked_ns={"A rule": 1, "é": 2})
SET = Remembered(
    said=Modes(everywhere=Mode.OFF, namespaces={"shop": Mode.OBSERVE}, rules={"*": Mode.ENFORCE}),
    configured=Modes(everywhere=Mode.ENFORCE),
    braked=frozenset({"A rule"}),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The last that was written is read, and nobody but the owner may read it."""
    path = tmp_path / "lib" / "it.json"
    assert memory.read(path) == Remembered()
    for written in (SOAKING, SET):
        memory.write(path, written)
        assert memory.read(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["it.json"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[1]", id="a list"),
        pytest.param('{"soaked_ns": {"a": "b"}}', id="no time"),
        pytest.param('{"said": {"everywhere": 7}}', id="no mode"),
        pytest.param('{"version": 2}', id="another version"),
        pytest.param(" " * memory.MAX_BYTES + "{}", id="too large"),
    ],
)
def test_what_cant_be_read_is_told(text: str, tmp_path: Path) -> None:
    """A file that is damaged is named."""
    path = tmp_path / "it.json"
    path.write_text(text)
    with pytest.raises(memory.CannotRememberError, match=r"it\.json"):
        memory.read(path)


def test_what_cant_be_written_is_told(tmp_path: Path) -> None:
    """A place that can't be had is named, with why; so is what is too large."""
    (tmp_path / "file").touch()
    with pytest.raises(memory.CannotRememberError, match=r"it\.json: "):
        memory.write(tmp_path / "file" / "it.json", SET)
    large = Remembered(braked=frozenset({"x" * memory.MAX_BYTES}))
    with pytest.raises(memory.CannotRememberError, match="more than"):
        memory.write(tmp_path / "it.json", large)
