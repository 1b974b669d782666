"""``shikra run`` on this machine's kernel."""

import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shikra.app import run
from shikra.app.prepare import Request
from shikra.enforce import last_run
from shikra.sources.kernel import preflight
from support import program
from support.waiting import until

LONGEST_PATH = 4_095

RULE = """
- rule: {name}
  desc: d
  condition: evt.type in (open, openat, openat2) and {condition}
  output: opened %fd.name by %proc.cmdline
  priority: ERROR
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration that takes any free port, and that others may run beside."""
    path = tmp_path / "shikra.yaml"
    path.write_text("webserver: {listen_port: 0}\ncontrol_socket: ''\nstate_dir: ''\npin_dir: ''\n")
    return path


@pytest.mark.kernel
def test_the_demonstration_gives_an_alert(config: Path) -> None:
    """The command that the last line shows makes a real alert; the end is clean and summed up."""
    with program.running("-c", str(config)) as shikra:
        assert "demo" in shikra.messages.until(lambda line: "first alert" in line)
        demo = program.shikra("demo")
        container_id = demo.stderr.split("container ")[1].partition(",")[0]
        alert = shikra.alert(
            lambda alert: alert["output_fields"].get("container.id") == container_id
        )
        assert alert["rule"] == "Runtime sensitive file read"
        assert alert["priority"] == "Critical"
        assert alert["output_fields"]["fd.name"] == "/etc/shadow"
        assert alert["output_fields"]["proc.cmdline"] == "cat /etc/shadow"
        assert shikra.stop() == 0
        summary = shikra.messages.rest()[-1]
        assert "stopped after" in summary


@pytest.mark.kernel
def test_rules_are_reloaded_while_it_runs(tmp_path: Path, config: Path) -> None:
    """Changed rules take effect, bad ones leave the old in force and are told everywhere."""
    rules = tmp_path / "rules.yaml"
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.touch()
    rules.write_text(RULE.format(name="First", condition=f"fd.name = {first}"))
    with program.running("-c", str(config), "-r", str(rules)) as shikra:
        url = shikra.metrics()
        first.read_bytes()
        assert shikra.alert(lambda alert: alert["rule"] == "First")

        rules.write_text("- rule: Broken\n")
        refused = shikra.alert(lambda alert: alert["source"] == "internal")
        assert f"{rules}:1" in refused["output"]
        shikra.messages.until(lambda line: "reload refused" in line)
        first.read_bytes()
        assert shikra.alert(lambda alert: alert["rule"] == "First")

        rules.write_text(RULE.format(name="Second", condition=f"fd.name = {second}"))
        shikra.messages.until(lambda line: "reloaded: 1 rule" in line)
        first.read_bytes()
        second.read_bytes()
        assert shikra.alert(lambda alert: alert["rule"] != "First")["rule"] == "Second"

        samples = scrape(url)
        assert samples['shikra_reloads_total{"result": "success"}'] == 1
        assert samples['shikra_reloads_total{"result": "failure"}'] == 1
        assert samples["shikra_last_reload_successful{}"] == 1
        assert shikra.stop() == 0


@pytest.mark.kernel
def test_no_event_is_unguarded_while_rules_are_switched(tmp_path: Path) -> None:
    """However often rules are reloaded, each file that both versions name gives one alert."""
    config, rules, folder = tmp_path / "shikra.yaml", tmp_path / "rules.yaml", tmp_path / "files"
    config.write_text("webserver: {enabled: false}\nalert_limit: {burst: 0}\n")
    folder.mkdir()
    versions = [
        RULE.format(name=name, condition=f"fd.name startswith {folder}/")
        + RULE.format(name="More", condition="fd.name startswith /nowhere/") * number
        for number, name in enumerate(("First", "Second"))
    ]
    rules.write_text(versions[0])
    opened = 0
    with program.running("-c", str(config), "-r", str(rules)) as shikra:
        for version in [*versions, *versions]:
            rules.write_text(version)
            shikra.process.send_signal(signal.SIGHUP)
            is_reloaded = threading.Event()

            def wait(is_over: threading.Event = is_reloaded) -> None:
                shikra.messages.until(lambda line: "reloaded" in line)
                is_over.set()

            waiting = threading.Thread(target=wait)
            waiting.start()
            while not is_reloaded.wait(0.001):
                (folder / str(opened)).touch()
                opened += 1
            waiting.join()
        shikra.stop()
        alerts = [json.loads(line) for line in shikra.alerts.rest()]
    names = [Path(alert["output_fields"]["fd.name"]).name for alert in alerts]
    assert sorted(map(int, names)) == list(range(opened))
    assert {alert["rule"] for alert in alerts} == {"First", "Second"}


def scrape(url: str) -> dict[str, float]:
    """Return every sample of the metrics."""
    with urllib.request.urlopen(url) as response:  # noqa: S310  our own server
        text = response.read().decode()
    return {
        f"{sample.name}{json.dumps(sample.labels)}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.kernel
def test_it_stops_when_its_time_is_over(config: Path) -> None:
    """``--for`` ends the run by itself; alerts and messages have their own streams."""
    done = program.shikra("run", "-c", str(config), "--for", "0.5", "--json")
    assert done.returncode == 0
    assert all(json.loads(line) for line in done.stdout.splitlines())
    assert "stopped after" in done.stderr


@pytest.mark.kernel
def test_a_start_without_rules_is_told(tmp_path: Path, config: Path) -> None:
    """A file without rules starts, as in Falco, with a warning and no promise of an alert."""
    rules = tmp_path / "rules.yaml"
    rules.touch()
    done = program.shikra("run", "-c", str(config), "-r", str(rules), "--for", "0")
    assert done.returncode == 0
    assert "warning: no rule is loaded" in done.stderr
    assert "first alert" not in done.stderr


@pytest.mark.kernel
def test_what_is_done_otherwise_than_asked_is_told(config: Path) -> None:
    """A size that the kernel doesn't take is told with the one that is used."""
    words = ["-o", "ring_bytes=100000", "-o", "rules[].disable.rule=Nothing*"]
    done = program.shikra("run", "-c", str(config), *words, "--for", "0")
    assert "so it is 131072 instead of 100000" in done.stderr
    assert 'no loaded rule answers to rule "Nothing*"' in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["-r", "pack:runtme"], 'did you mean "runtime"?', id="unknown pack"),
        pytest.param(
            ["-r", "no.yaml"],
            "no.yaml:1:1: LOAD_ERR_FILE_READ No such file or directory",
            id="no file",
        ),
        pytest.param(
            ["-o", "file_output.enabled=yes", "-o", "file_output.filename=/nowhere/alerts"],
            "/nowhere/alerts can't be written: No such file or directory",
            id="no place for alerts",
            marks=pytest.mark.kernel,
        ),
        pytest.param(["-c", "no.yaml"], "no.yaml: No such file or directory", id="no config"),
    ],
)
def test_what_cannot_start_says_why(words: list[str], message: str) -> None:
    """A mistake of the user gives a message and exit code 1, not a traceback."""
    done = program.shikra("run", *words)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_who_may_not_run_the_probe_hears_of_that_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A port that is taken, and a file that can't be written, are told to who could start."""
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    refusal = preflight.Refusal("not root", "run as root")
    monkeypatch.setattr(preflight, "refusals", lambda _: [refusal])
    with socket.create_server(("127.0.0.1", 0)) as other:
        options = (
            f"webserver.listen_port={other.getsockname()[1]}",
            "file_output.enabled=yes",
            "file_output.filename=/nowhere/alerts",
        )
        asked = run.Run(request=Request(options=options), for_seconds=0, environment={})
        assert run.run(asked) == 1
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == "can't start: the probe can't run here:\nnot root: run as root"


@pytest.mark.kernel
def test_an_end_that_nobody_asked_for_is_told_at_the_next_start(
    config: Path, tmp_path: Path
) -> None:
    """Who is killed is missed, also after a start that fails; who is asked to end isn't."""
    words = ("-c", str(config), "-o", f"state_dir={tmp_path / 'state'}")
    with program.running(*words) as shikra:
        until((tmp_path / "state" / last_run.FILE).exists, "the mark")
        second = program.shikra("run", *words, "--for", "0")
        assert "another Shikra has" in second.stderr
        shikra.process.kill()
        shikra.process.wait()
    assert program.shikra("run", *words, "-r", "no.yaml").returncode == 1
    with program.running(*words) as shikra:
        alert = shikra.alert(lambda alert: alert["source"] == "internal")
        assert alert["rule"] == "Shikra internal: ended unasked"
        assert 0 < alert["output_fields"]["seconds"] < program.SECONDS
        assert shikra.stop() == 0
    assert list((tmp_path / "state").iterdir()) == []
    ended = program.shikra("run", *words, "--for", "0.5", "--json")
    assert "ended unasked" not in ended.stdout


@pytest.mark.kernel
def test_a_second_shikra_hears_of_the_first(config: Path) -> None:
    """Where the port is taken, the message says by whom it may be, once."""
    with program.running("-c", str(config)) as shikra:
        port = shikra.metrics().split(":")[2].partition("/")[0]
        done = program.shikra("run", "-c", str(config), "-o", f"webserver.listen_port={port}")
    assert done.returncode == 1
    assert "the port is in use, perhaps by another Shikra" in done.stderr
    assert done.stderr.count("127.0.0.1") == 1


@pytest.mark.kernel
def test_a_second_beside_the_first_is_refused(config: Path, tmp_path: Path) -> None:
    """Two that answer at one socket couldn't be told apart: the second says who is there."""
    socket = f"control_socket={tmp_path / 'control.sock'}"
    with program.running("-c", str(config), "-o", socket, "--enforce-host") as shikra:
        done = program.shikra("run", "-c", str(config), "-o", socket)
        assert done.returncode == 1
        assert f"another Shikra (process {shikra.process.pid}) answers at" in done.stderr
        status = program.shikra("enforce", "status", "--socket", str(tmp_path / "control.sock"))
        assert "everywhere: observe\non the machine itself, too" in status.stdout
        assert shikra.stop() == 0
    assert not (tmp_path / "control.sock").exists()


def longest_path(folder: Path) -> bytes:
    """Make a file whose path is as long as paths can be, of names that are no text."""
    part = b"\x1b[2J\xff\n\xe2\x80\xae" + b"x" * 190
    path = os.fsencode(folder)
    while LONGEST_PATH - len(path) > 250:
        path += b"/" + part[: LONGEST_PATH - len(path) - 11]
        os.mkdir(path)  # noqa: PTH102  the bytes are no text
    path += b"/" + b"y" * (LONGEST_PATH - len(path) - 1)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    return path


@pytest.mark.kernel
def test_hostile_names_arrive_harmless_and_whole(tmp_path: Path, config: Path) -> None:
    """The longest path and a huge command line, full of terminal sequences, make one JSON line."""
    path = longest_path(tmp_path)
    rules = tmp_path / "rules.yaml"
    condition = f"fd.name pmatch ({tmp_path}) and evt.is_open_read = true"
    rules.write_text(RULE.format(name="Hostile", condition=condition))
    with program.running("-c", str(config), "-r", str(rules)) as shikra:
        opening = "import os, sys; os.open(os.fsencode(sys.argv[2]), 0)"
        subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", opening, "\x1b[31m" + "a" * 131_000, os.fsdecode(path)],
            check=True,
        )
        alert = shikra.alert(lambda alert: alert["rule"] == "Hostile")
    assert alert["output_fields"]["fd.name"] == path.decode(errors="replace")
    assert alert["output_fields"]["proc.cmdline"].startswith("python")
    assert alert["truncated"]
    assert alert["output"].isprintable()
    assert all(line.rstrip("\n").isprintable() for line in shikra.alerts.seen)


@pytest.mark.kernel
def test_a_path_too_deep_to_be_known_hides_nothing(tmp_path: Path, config: Path) -> None:
    """A rule fires on a file so deep that the kernel side can't see where it lies, and says so."""
    rules = tmp_path / "rules.yaml"
    condition = f"fd.name startswith {tmp_path}/ and proc.args contains too-deep"
    rules.write_text(RULE.format(name="Deep", condition=condition))
    descend = "import os\nfor _ in range(60): os.mkdir('d'); os.chdir('d')\n"
    opening = descend + "os.close(os.open('file', os.O_CREAT)) # too-deep"
    with program.running("-c", str(config), "-r", str(rules)) as shikra:
        subprocess.run([sys.executable, "-c", opening], cwd=tmp_path, check=True)  # noqa: S603  our own program
        alert = shikra.alert(lambda alert: alert["rule"] == "Deep")
    assert (alert["rule"], alert["truncated"], alert["inferred"]) == ("Deep", True, True)


@pytest.mark.kernel
def test_a_hung_output_and_a_full_disk_stop_nothing(tmp_path: Path) -> None:
    """What neither takes is counted; it stays healthy, goes on, and can be stopped."""
    rules, config = tmp_path / "rules.yaml", tmp_path / "shikra.yaml"
    rules.write_text(RULE.format(name="Any", condition=f"fd.name startswith {tmp_path}/"))
    config.write_text(
        "webserver: {listen_port: 0}\n"
        "outputs_queue: {capacity: 2}\n"
        "alert_limit: {burst: 0}\n"
        "file_output: {enabled: true, filename: /dev/full}\n"
    )
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, mmap.PAGESIZE)
    with program.running("-c", str(config), "-r", str(rules), stdout=writing) as shikra:
        os.close(writing)
        url = shikra.metrics()
        wanted = (
            'shikra_output_drops_total{"output": "stdout", "reason": "queue full"}',
            'shikra_output_drops_total{"output": "file", "reason": "No space left on device"}',
        )

        def is_dropped() -> bool:
            (tmp_path / "file").write_bytes(b"")
            samples = scrape(url)
            return all(samples.get(name) for name in wanted)

        until(is_dropped, "both outputs to have lost an alert", 60)
        before = scrape(url)['shikra_events_total{"type": "openat"}']
        (tmp_path / "file").write_bytes(b"")
        until(
            lambda: scrape(url)['shikra_events_total{"type": "openat"}'] > before, "the next event"
        )
        with urllib.request.urlopen(url.replace("metrics", "healthz")) as health:  # noqa: S310
            assert health.status == 200
        assert shikra.stop() == 0
    os.close(reading)


@pytest.mark.kernel
def test_a_flood_of_one_alert_is_told_as_a_count(tmp_path: Path, config: Path) -> None:
    """However often a process does it, all counts add up to that, and few lines say so."""
    rules, secret = tmp_path / "rules.yaml", tmp_path / "secret"
    secret.touch()
    rules.write_text(RULE.format(name="Read", condition=f"fd.name = {secret}"))
    flood = "import os, sys\nfor _ in range(5000): os.close(os.open(sys.argv[1], 0))"
    with program.running("-c", str(config), "-r", str(rules)) as shikra:
        url = shikra.metrics()
        subprocess.run([sys.executable, "-c", flood, str(secret)], check=True)  # noqa: S603
        counts: list[int] = []

        def is_all(alert: dict[str, Any]) -> bool:
            if alert["output_fields"].get("fd.name") == str(secret):
                counts.append(alert["count"])
            return sum(counts) >= 5000

        shikra.alert(is_all)
        samples = scrape(url)
        assert shikra.stop() == 0
    assert sum(counts) == 5000
    assert 100 <= len(counts) < 1000
    held = sum(count for name, count in samples.items() if '"reason": "limited"' in name)
    assert 4000 < held < 5000


@pytest.mark.kernel
def test_a_closed_output_does_not_stop_the_sensor(config: Path) -> None:
    """Where nobody reads standard output, alerts are counted as dropped and it goes on."""
    reading, writing = os.pipe()
    os.close(reading)
    with program.running("-c", str(config), stdout=writing) as shikra:
        os.close(writing)
        url = shikra.metrics()
        assert program.shikra("demo").returncode == 0
        shikra.messages.until(lambda line: "output stdout: Broken pipe" in line)
        samples = scrape(url)
        assert samples['shikra_output_drops_total{"output": "stdout", "reason": "Broken pipe"}']
        assert samples['shikra_output_alerts_total{"output": "stdout"}'] == 0
        assert shikra.stop() == 0
