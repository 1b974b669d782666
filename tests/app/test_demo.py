"""The demonstration, where it can't be given. That it makes an alert is tested with ``run``."""

import contextlib
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


def test_a_root_without_the_right_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Root that may not make a mount namespace is told which capability it lacks."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(demo.preflight, "may", lambda _: False)
    assert cli.main(["demo"]) == 1
    assert "root has lost CAP_SYS_ADMIN" in capsys.readouterr().err


def refuse() -> None:
    """Refuse a new process its container."""
    raise PermissionError


def test_a_process_that_may_not_enter_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the kernel refuses the container's insides, it is said in words for users."""
    made = demo.Container("ab" * 32, refuse)
    monkeypatch.setattr(demo, "container", lambda: contextlib.nullcontext(made))
    assert cli.main(["demo"]) == 1
    told = capsys.readouterr().err
    assert "the kernel refuses its cgroup, or a mount namespace" in told
    assert "preexec_fn" not in told


def test_a_machine_without_cgroups_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no container can be made, the reason is told, and nothing stays behind."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(demo.preflight, "may", lambda _: True)
    monkeypatch.setattr(demo.cgroups, "MOUNT", tmp_path / "missing")
    with pytest.raises(demo.DemoError, match="no container can be made here"):
        demo.run()
    assert not (tmp_path / "missing").exists()
