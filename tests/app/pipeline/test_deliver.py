"""Which outputs there are, and what they get."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shikra.app.pipeline import deliver
from shikra.app.settings import FileOutput, Queue, Settings, StdoutOutput
from support.alerts import alert


def test_every_output_gets_every_alert(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output and the file hold the same lines, without colours."""
    path = tmp_path / "alerts"
    settings = Settings(file_output=FileOutput(enabled=True, filename=str(path)))
    deliverer = deliver.Deliverer(settings, {})
    for text in ("first", "second"):
        deliverer.send(alert(message=text))
    deliveries = deliverer.close()
    assert {name: one.sent for name, one in deliveries.items()} == {"stdout": 2, "file": 2}
    assert capfd.readouterr().out == path.read_text()
    assert "\x1b" not in path.read_text()


def test_json_holds_what_the_settings_ask_for(capfd: pytest.CaptureFixture[str]) -> None:
    """JSON replaces text when it is switched on, with the chosen keys."""
    settings = Settings(json_output=True, json_include_tags_property=False)
    deliverer = deliver.Deliverer(settings, {})
    deliverer.send(alert())
    deliverer.close()
    document = json.loads(capfd.readouterr().out)
    assert document["rule"] == "Read secret"
    assert "tags" not in document


def test_without_outputs_alerts_are_only_counted() -> None:
    """Everything may be switched off; metrics still count."""
    deliverer = deliver.Deliverer(Settings(stdout_output=StdoutOutput(enabled=False)), {})
    deliverer.send(alert())
    assert deliverer.close() == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"metadata_wait_seconds": 0.5}, False, id="something else"),
        pytest.param({"json_output": True}, True, id="layout"),
        pytest.param({"json_include_tags_property": False}, True, id="keys"),
        pytest.param({"outputs_queue": Queue(capacity=1)}, True, id="queue"),
        pytest.param({"file_output": FileOutput(enabled=True)}, True, id="file"),
    ],
)
def test_outputs_are_reopened_only_for_their_own_settings(
    changes: dict[str, Any], expected: bool
) -> None:
    """A reload leaves outputs alone unless something of theirs changed."""
    assert deliver.is_other(Settings(), msgspec.structs.replace(Settings(), **changes)) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"TERM": "xterm"}, True, id="terminal"),
        pytest.param({"TERM": "dumb"}, False, id="terminal without colours"),
        pytest.param({"NO_COLOR": "1"}, False, id="user wants none"),
        pytest.param({"NO_COLOR": ""}, True, id="empty counts as unset"),
    ],
)
def test_colours_follow_the_environment(environment: dict[str, str], expected: bool) -> None:
    """``NO_COLOR`` and a dumb terminal switch colours off."""
    assert deliver.wants_colour(environment) == expected


@pytest.mark.parametrize(("is_on", "is_told"), [(True, True), (False, False)])
def test_an_output_that_would_lose_alerts_is_told(
    tmp_path: Path, *, is_on: bool, is_told: bool
) -> None:
    """The path, the reason and what to do are said of an output that is switched on."""
    path = tmp_path / "missing" / "alerts"
    found = deliver.trouble(Settings(file_output=FileOutput(enabled=is_on, filename=str(path))))
    told = f"{path} can't be written: No such file or directory – name a file in a folder"
    assert [told in str(one) for one in found] == [True] * is_told
