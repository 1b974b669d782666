"""What is remembered over a restart."""

import stat
from pathlib import Path

import pytest

from shikra.enforce import memory


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The last that was written is read, and nobody but the owner may read it."""
    path = tmp_path / "lib" / "soak.json"
    assert memory.read(path) == {}
    for written in ({"A rule": 1}, {"A rule": 1, "é": 2}):
        memory.write(path, written)
        assert memory.read(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["soak.json"]


@pytest.mark.parametrize("text", ["", "[1]", '{"a": "b"}'], ids=["empty", "list", "no time"])
def test_what_cant_be_read_is_told(text: str, tmp_path: Path) -> None:
    """A file that is damaged is named."""
    path = tmp_path / "soak.json"
    path.write_text(text)
    with pytest.raises(memory.CannotRememberError, match=r"soak\.json"):
        memory.read(path)


def test_what_cant_be_written_is_told(tmp_path: Path) -> None:
    """A place that can't be had is named, with why."""
    (tmp_path / "file").touch()
    with pytest.raises(memory.CannotRememberError, match=r"soak\.json: "):
        memory.write(tmp_path / "file" / "soak.json", {})
