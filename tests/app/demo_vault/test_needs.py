"""What the demonstration needs of a machine."""

import os
import shutil

import pytest

from shikra.app import cli


@pytest.mark.parametrize(
    ("user", "runc", "told"),
    [
        pytest.param(1000, "/usr/sbin/runc", "start it with sudo", id="root"),
        pytest.param(0, None, "apt-get install runc", id="runc"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    user: int,
    runc: str | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without root or runc nothing is started; the message names the way out."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda _name, path: runc)  # noqa: ARG005  its own name
    assert cli.main(["demo", "vault"]) == 1
    assert told in capsys.readouterr().err
