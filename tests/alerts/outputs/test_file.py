"""Alerts in a file."""

from pathlib import Path

import pytest

from shikra.alerts.outputs.file import File, FileConfig
from shikra.model.alert import Alert
from shikra.model.outcome import Done, Retry
from support.alerts import alert


def layout(one: Alert) -> str:
    """Print the message alone."""
    return one.message


@pytest.mark.parametrize(
    ("keep_alive", "where"),
    [
        pytest.param(False, "new", id="opened for each alert: the new file has the alert"),
        pytest.param(True, "old", id="kept open: the old file has it"),
    ],
)
def test_a_rotated_file_is_noticed_unless_kept_open(
    tmp_path: Path, keep_alive: bool, where: str
) -> None:
    """Rotation needs no signal, unless the file is kept open on purpose."""
    path = tmp_path / "alerts"
    output = File(FileConfig(filename=str(path), keep_alive=keep_alive), layout)
    assert output.send(alert(message="first")) == Done()
    path.rename(tmp_path / "old")
    assert output.send(alert(message="second")) == Done()
    output.close()
    path.rename(tmp_path / "new") if path.exists() else None
    assert (tmp_path / where).read_text().endswith("second\n")


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Alerts hold command lines, so nobody else may read them."""
    path = tmp_path / "alerts"
    output = File(FileConfig(filename=str(path)), layout)
    output.send(alert())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    """A folder that is missing now may be there later."""
    path = tmp_path / "missing" / "alerts"
    output = File(FileConfig(filename=str(path)), layout)
    assert output.send(alert()) == Retry("No such file or directory")
    path.parent.mkdir()
    assert output.send(alert()) == Done()
