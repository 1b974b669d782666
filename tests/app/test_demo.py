"""The demonstration, where it can't be given. That it makes an alert is tested with ``run``."""

import os
from pathlib import Path

import pytest

from shikra.app import cli, demo


def test_only_root_can_make_a_container(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody else is told so."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert cli.main(["demo"]) == 1
    assert "start it with sudo" in capsys.readouterr().err


def test_a_machine_without_cgroups_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no container can be made, the reason is told, and nothing stays behind."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(demo.cgroups, "MOUNT", tmp_path / "missing")
    with pytest.raises(demo.DemoError, match="no container can be made here"):
        demo.run()
    assert not (tmp_path / "missing").exists()
