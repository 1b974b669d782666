"""A lock that is older than the requirements is found without network."""

from pathlib import Path

import lock
import pytest

REQUIREMENTS = """
[project]
requires-python = ">=3.11"
dependencies = ["msgspec>=0.22"]
[dependency-groups]
dev = ["pytest>=9.1"]
"""


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        pytest.param("0.1", "0.1", 0, id="same requirements"),
        pytest.param("msgspec>=0.22", "msgspec>=0.23", 1, id="a newer package"),
        pytest.param("pytest>=9.1", "pytest>=9.2", 1, id="a newer package for tests"),
        pytest.param(">=3.11", ">=3.12", 1, id="a newer Python"),
    ],
)
def test_drift_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, status: int
) -> None:
    """The check fails exactly if a requirement has changed since the lock was made."""
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "LOCK", tmp_path / "requirements.lock")
    (tmp_path / "pyproject.toml").write_text(REQUIREMENTS)
    (tmp_path / "requirements.lock").write_text(f"{lock.first_line()}\nmsgspec==0.22.0\n")
    (tmp_path / "pyproject.toml").write_text(REQUIREMENTS.replace(before, after))
    assert lock.main(["--check"]) == status
