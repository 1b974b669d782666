"""``shikra record`` on this machine's kernel."""

import json
import signal
from pathlib import Path

import msgspec
import pytest

from shikra.app import record
from shikra.app.pipeline.evaluate import evaluate
from shikra.model.container import Knowledge
from shikra.sources.replay import flat
from support import program
from support.events import plan_of, rule


def recorded(path: Path, marker: Path, *words: str) -> list[dict[str, object]]:
    """Record while a file is opened; return the events of that file."""
    with program.started("record", str(path), *words) as process:
        assert process.stderr is not None
        messages = program.Lines(process.stderr)
        messages.until(lambda line: "recording" in line)
        marker.read_bytes()
        process.send_signal(signal.SIGINT)
        assert process.wait(program.SECONDS) == 0
        assert " written, " in "".join(messages.rest())
    events = [json.loads(line) for line in path.read_text().splitlines()]
    return [event for event in events if event.get("fd.name") == str(marker)]


@pytest.mark.kernel
@pytest.mark.parametrize(
    "words", [[], ["--types", "openat,execve"]], ids=["types of the rules", "given types"]
)
def test_what_is_recorded_can_be_tried_again(tmp_path: Path, words: list[str]) -> None:
    """A recorded event has the fields of the live one, and rules say the same of it."""
    marker = tmp_path / "größe"
    marker.write_text("x")
    path = tmp_path / "events"
    (event,) = recorded(path, marker, *words)
    assert event["evt.type"] == "openat"
    assert event["proc.pid"]
    assert event["container.id"] == "host"
    assert event["proc.aname[1]"] == event["proc.pname"]
    assert event["proc.apid[1]"] == event["proc.ppid"]
    text = rule("Marker", f"fd.name = {marker} and evt.is_open_read = true", "%proc.pid %fd.name")
    assert [match.rule for match in evaluate(flat.read(event), plan_of(text))] == [0]
    rules = tmp_path / "rules.yaml"
    rules.write_text(text)
    done = program.shikra("replay", str(path), "-r", str(rules), "--json")
    (alert,) = map(json.loads, done.stdout.splitlines())
    assert {name: event[name] for name in ("proc.pid", "fd.name", "evt.time")}.items() <= (
        alert["output_fields"].items()
    )
    assert path.stat().st_mode & 0o077 == 0


def test_labels_are_recorded_each_by_itself() -> None:
    """A rule that asks for a label says the same of the recorded event."""
    event = flat.read({"evt.type": "openat", "container.id": "0123456789ab"})
    event.container = msgspec.structs.replace(
        event.container,
        knowledge=Knowledge.KNOWN,
        labels={"maintainer": "a, b", "odd]key": "x"},
        pod_labels={"app.kubernetes.io/name": "cart"},
    )
    read = flat.read(json.loads(record.line(event)))
    conditions = (
        *("k8s.pod.label[app.kubernetes.io/name] = cart", 'container.label[maintainer] = "a, b"'),
        *("evt.type.is[openat] = 1", "evt.type.is[open] = 0"),
    )
    plan = plan_of("".join(rule(one, f"evt.type = openat and {one}") for one in conditions))
    assert len(evaluate(read, plan)) == len(conditions)


@pytest.mark.kernel
def test_every_line_is_an_event(tmp_path: Path) -> None:
    """Whatever happens on the machine meanwhile, each line can be read back."""
    path = tmp_path / "events"
    done = program.shikra("record", str(path), "--for", "1")
    assert done.returncode == 0
    for line in path.read_text().splitlines():
        flat.read(json.loads(line))


@pytest.mark.kernel
def test_a_full_disk_is_told() -> None:
    """Recording ends with a message when there is no room left."""
    done = program.shikra("record", "/dev/full", "--for", "10")
    assert done.returncode == 1
    assert "can't write /dev/full: No space left on device" in done.stderr
