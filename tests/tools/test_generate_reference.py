"""Generated pages are compared with what is written."""

from pathlib import Path

import generate_reference
import pytest


@pytest.mark.parametrize(
    ("written", "status"),
    [
        pytest.param("as the code says", 0, id="up to date"),
        pytest.param("as it was", 1, id="stale"),
        pytest.param(None, 1, id="missing"),
    ],
)
def test_drift_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str | None, status: int
) -> None:
    """The check fails exactly if a page isn't what would be written, and writes nothing."""
    monkeypatch.setattr(generate_reference, "ROOT", tmp_path)
    monkeypatch.setattr(generate_reference, "REFERENCE", tmp_path)
    monkeypatch.setattr(generate_reference, "PAGES", {"page.md": lambda: "as the code says"})
    if written is not None:
        (tmp_path / "page.md").write_text(written)
    assert generate_reference.main(["--check"]) == status
    assert (written is not None) == (tmp_path / "page.md").exists()


def test_pages_are_written_as_they_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after writing, nothing has drifted."""
    monkeypatch.setattr(generate_reference, "REFERENCE", tmp_path / "reference")
    assert generate_reference.main([]) == 0
    assert generate_reference.main(["--check"]) == 0
