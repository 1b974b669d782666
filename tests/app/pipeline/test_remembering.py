"""What the pipeline keeps of modes for the next start."""

from pathlib import Path

import pytest

from shikra.app.pipeline import remembering
from shikra.app.pipeline.remembering import Memory
from shikra.enforce.memory import Remembered

BRAKED = Remembered(braked=frozenset({"A rule"}))


def test_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    """One that was written is read by the next."""
    Memory(str(tmp_path)).write(BRAKED)
    assert Memory(str(tmp_path)).read() == BRAKED


def test_without_a_folder_nothing_is_kept() -> None:
    """Nothing is written anywhere, and nothing is wrong."""
    Memory("").write(BRAKED)
    assert Memory("").read() == Remembered()


def test_what_is_damaged_is_told_from_what_isnt_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a file that can't be read nothing is known; that is an error in the log."""
    assert Memory(str(tmp_path)).read() == Remembered()
    (tmp_path / remembering.FILE).write_text("{")
    assert Memory(str(tmp_path)).read() is None
    assert "only observed" in caplog.text
