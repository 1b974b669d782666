"""Alerts in a file."""

import os
from pathlib import Path

import pytest

from shikra.alerts.outputs.file import File, FileConfig, trouble
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


@pytest.mark.parametrize(
    ("where", "why"),
    [
        pytest.param("alerts", None, id="a new file"),
        pytest.param("pipe", None, id="a pipe that nobody reads yet"),
        pytest.param("missing/alerts", "No such file or directory", id="no folder"),
        pytest.param("file/alerts", "Not a directory", id="a file for a folder"),
        pytest.param("folder", "Is a directory", id="a folder for a file"),
    ],
)
def test_trouble_is_known_beforehand(tmp_path: Path, where: str, why: str | None) -> None:
    """Whether alerts could be written is known before the first one, without waiting."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert trouble(FileConfig(filename=str(tmp_path / where))) == why


def test_the_log_names_the_file() -> None:
    """Who reads of trouble sees which file is meant."""
    assert File(FileConfig(filename="/a/b"), layout).title == "file /a/b"
