"""What is told at the start and at the end."""

import sys
from pathlib import Path

import pytest

from shikra.app import progress


@pytest.mark.parametrize(
    ("program", "environment", "expected"),
    [
        pytest.param(
            "/opt/x/bin/shikra", {"SUDO_USER": "me"}, "sudo /opt/x/bin/shikra demo", id="by sudo"
        ),
        pytest.param("/opt/x/bin/shikra", {}, "/opt/x/bin/shikra demo", id="by root"),
        pytest.param(
            ".venv/bin/shikra", {}, f"{Path.cwd()}/.venv/bin/shikra demo", id="by a relative path"
        ),
        pytest.param(
            "/src/shikra/app/cli.py", {}, f"{sys.executable} -m shikra.app.cli demo", id="module"
        ),
    ],
)
def test_the_first_alert_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, program: str, environment: dict[str, str], expected: str
) -> None:
    """The command works in another terminal, in any folder, for the user who started this one."""
    monkeypatch.setattr(sys, "argv", [program])
    assert progress.demo(environment) == expected
