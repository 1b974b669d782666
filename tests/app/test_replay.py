"""``shikra replay``, as its users run it and part by part."""

import json
import logging
import os
import time
from pathlib import Path

import pytest

from shikra.alerts.json_line import JsonLine
from shikra.alerts.outputs.stdout import Stdout
from shikra.app import record
from shikra.app.prepare import Request
from shikra.app.replay import MOST_TOLD, Player, Replay, replay
from shikra.app.settings import AppendOutput, Settings
from shikra.sources.replay import flat, lines
from support import audited, program
from support.clocks import ManualClock
from support.events import plan_of, rule

RECORDED = Path(__file__).parents[1] / "sources" / "replay" / "recorded.jsonl"
EVENT = {
    "evt.type": "openat",
    "evt.time": 1_700_000_000_123_456_789,
    "evt.hostname": "node-7",
    "fd.name": "/srv/link",
    "fd.realpath": "/srv/secret",
    "proc.name": "cat",
    "proc.lineage": ["sh"],
    "container.id": "0123456789abcdef",
    "container.name": "app",
    "source": "syscall",
}
RULES = rule("Opened", "fd.name = /srv/link", "%proc.name read %fd.name (pid=%proc.pid)") + rule(
    "Real", "fd.name = /srv/secret", "%proc.name read %fd.name"
)
CONFIG = "append_output: [suggested_output: false]\n"


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the time zone, in programs too."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setitem(program.ENVIRONMENT, "TZ", "UTC")
    time.tzset()


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Write rules and a configuration; return the options that name them."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return ["-r", str(tmp_path / "rules.yaml"), "-c", str(tmp_path / "config.yaml")]


def written(path: Path, *events: object) -> str:
    """Write events, or whatever else, a line each; return the file's name."""
    path.write_text(
        "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in events)
    )
    return str(path)


TEXT = """\
22:13:20.123456789: Error cat read /srv/link (pid=<NA>)
22:13:20.123456789: Error cat read /srv/link fd_realpath=/srv/secret
"""


def test_alerts_are_printed_as_run_prints_them(tmp_path: Path, words: list[str]) -> None:
    """Rules are evaluated under both names of a file; what came of it is told at the end."""
    events = written(tmp_path / "events", EVENT, "{", {**EVENT, "fd.name": "/srv/other"})
    done = program.shikra("replay", events, *words)
    assert done.returncode == 0
    assert done.stdout == TEXT + TEXT.splitlines(keepends=True)[1].replace("link", "other")
    assert f"replayed {events}: 2 events, 3 alerts, 1 malformed line" in done.stderr
    assert "line 2 is no event: not JSON" in done.stderr


JSON = {
    "count": 1,
    "hostname": "node-7",
    "inferred": False,
    "lineage": ["sh"],
    "matched_name": "real",
    "matched_path": "/srv/secret",
    "metadata_missing": False,
    "output": TEXT.splitlines()[1],
    "output_fields": {
        "evt.time": 1_700_000_000_123_456_789,
        "fd.name": "/srv/link",
        "fd.realpath": "/srv/secret",
        "proc.name": "cat",
    },
    "priority": "Error",
    "rule": "Real",
    "source": "syscall",
    "tags": [],
    "time": "2023-11-14T22:13:20.123456789Z",
    "summary": False,
    "truncated": False,
}


def test_json_is_that_of_run(tmp_path: Path, words: list[str]) -> None:
    """An alert in JSON has all keys, sorted, with the values of the event that was replayed."""
    events = written(tmp_path / "events", EVENT)
    done = program.shikra("replay", events, "--json", *words)
    opened, real = map(json.loads, done.stdout.splitlines())
    assert list(opened) == sorted(opened)
    assert opened["output_fields"]["proc.pid"] is None
    del real["uuid"]
    assert real == JSON


def test_an_audit_log_is_replayed(tmp_path: Path, words: list[str]) -> None:
    """A saved log of the API server is evaluated by the rules about it; nobody says what it is."""
    asked_for = (
        "{rule: Asked, desc: d, priority: ERROR, source: k8s_audit, condition: ka.verb = get"
    )
    (tmp_path / "rules.yaml").write_text(f"{RULES}- {asked_for}, output: '%ka.user.name'}}\n")
    events = written(tmp_path / "events", EVENT, [audited.document(), audited.document(verb="x")])
    done = program.shikra("replay", events, *words)
    assert done.stdout == TEXT + "10:00:00.250000000: Error ann@example.org\n"
    assert "3 events, 3 alerts, 0 malformed" in done.stderr


def test_standard_input_is_followed(words: list[str]) -> None:
    """An alert is there as soon as its event is, before the input ends."""
    with program.fed("replay", "-", *words) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(EVENT) + "\n")
        process.stdin.flush()
        assert program.Lines(process.stdout).until(lambda line: "Error" in line)
        process.stdin.close()
        assert process.wait(program.SECONDS) == 0


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param(b"", 0, "0 events, 0 alerts, 0 malformed lines", id="empty file"),
        pytest.param(b"a: b\n", 1, "holds no events", id="no JSON"),
        pytest.param(os.urandom(5_000), 1, "holds no events", id="binary"),
        pytest.param(b'{"evt.type": "open"}\n{', 0, "1 malformed line", id="some lines are events"),
        pytest.param(b"{\n" * 5_000, 1, "5,000 malformed lines", id="many malformed lines"),
    ],
)
def test_the_exit_code_says_whether_there_were_events(
    tmp_path: Path, content: bytes, code: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Malformed lines beside events are told and counted; a file without any event is refused."""
    caplog.set_level(logging.INFO, "shikra")
    path = tmp_path / "events"
    path.write_bytes(content)
    assert replay(asked(str(path))) == code
    assert told in caplog.text
    lines_told = [message for message in caplog.messages if "is no event" in message]
    assert len(lines_told) <= MOST_TOLD


def asked(events: str, *, shows_progress: bool = False) -> Replay:
    """Return a request to replay a file with a pack's rules."""
    request = Request(rules=("pack:runtime",))
    return Replay(events=events, request=request, environment={}, shows_progress=shows_progress)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param("/nowhere/events", "No such file", id="missing"),
        pytest.param("/", "Is a directory", id="directory"),
        pytest.param("/proc/self/mem", "Input/output error", id="unreadable"),
    ],
)
def test_what_cannot_be_read_is_told(
    events: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The message names the file and the reason; the exit code is 1."""
    assert replay(asked(events)) == 1
    assert f"can't read {events}: {told}" in caplog.text


def test_mistakes_in_rules_are_told(tmp_path: Path, words: list[str]) -> None:
    """Nothing is replayed by rules that don't load."""
    (tmp_path / "rules.yaml").write_text(RULES.replace("fd.name", "fd.nmae"))
    done = program.shikra("replay", written(tmp_path / "events", EVENT), *words)
    assert done.returncode == 1
    assert 'did you mean "fd.name"' in done.stderr
    assert not done.stdout


def test_an_output_that_fails_ends_it(words: list[str], tmp_path: Path) -> None:
    """Alerts aren't dropped: where they can't be written, that is said and the code is 1."""
    events = written(tmp_path / "events", EVENT)
    with Path("/dev/full").open("w") as full:
        done = program.shikra("replay", events, *words, stdout=full)
    assert done.returncode == 1
    assert "stdout: No space left on device" in done.stderr


def test_rules_below_a_priority_are_left_out(tmp_path: Path, words: list[str]) -> None:
    """``--priority`` does what it does for ``run``."""
    events = written(tmp_path / "events", EVENT)
    assert not program.shikra("replay", events, "--priority", "critical", *words).stdout


def test_options_switch_rules_on_and_off(tmp_path: Path, words: list[str]) -> None:
    """Rules are selected as users of Falco do it."""
    events = written(tmp_path / "events", EVENT)
    options = ("-o", "rules[].disable.rule=*", "-o", "rules[].enable.rule=Real")
    assert program.shikra("replay", events, *words, *options).stdout.count("\n") == 1
    done = program.shikra("replay", events, *words, "-o", 'append_output[]={"extra_output": "%x"}')
    assert done.returncode == 1
    assert "-o:1:35: SHIKRA_CONFIG_VALUE append_output[1].extra_output: unknown" in done.stderr


def test_a_rule_on_what_only_a_file_can_say_fires_without_a_warning(
    tmp_path: Path, words: list[str]
) -> None:
    """Fields and events that the kernel doesn't give may be in a file."""
    text = rule("Rename", "evt.rawarg.res = 5").replace("evt.type = openat", "evt.type = rename")
    (tmp_path / "rules.yaml").write_text(text)
    events = written(tmp_path / "events", {"evt.type": "rename", "evt.rawarg.res": 5})
    done = program.shikra("replay", events, *words)
    assert "Error it happened" in done.stdout
    assert "in the rules" not in done.stderr


class Hurrying(ManualClock):
    """A clock on which three seconds pass between any two looks."""

    def boot_ns(self) -> int:
        """Nanoseconds since boot."""
        self.boot += 3_000_000_000
        return self.boot


def test_audit_rules_are_evaluated(tmp_path: Path, words: list[str]) -> None:
    """An event of the audit log needs no type, and fires the rules on its source."""
    (tmp_path / "rules.yaml").write_text(
        "- rule: Exec\n  desc: d\n  priority: NOTICE\n  source: k8s_audit\n"
        "  condition: ka.verb = create\n  output: by %ka.user.name\n"
    )
    event = {"source": "k8s_audit", "ka.verb": "create", "ka.user.name": "eve"}
    done = program.shikra("replay", written(tmp_path / "events", event), *words)
    assert done.stdout == "00:00:00.000000000: Notice by eve\n"
    assert "in the rules" not in done.stderr


def test_a_long_file_says_how_far_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where somebody watches, progress is told every few seconds, by the clock."""
    caplog.set_level(logging.INFO, "shikra")
    events = written(tmp_path / "events", *({"evt.type": "open"} for _ in range(4)))
    assert replay(asked(events, shows_progress=True), Hurrying()) == 0
    told = [message for message in caplog.messages if "so far" in message]
    assert told == [
        "2 events, 0 alerts, 0 malformed lines so far (50% read)",
        "4 events, 0 alerts, 0 malformed lines so far (100% read)",
    ]


def test_a_recording_is_evaluated_as_the_events_were() -> None:
    """What is replayed can be recorded again without a difference, so rules see no other."""
    for line in RECORDED.read_text().splitlines():
        values = json.loads(line)
        assert json.loads(record.line(flat.read(values))) == values


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        pytest.param("evt.type = openat and fd.name = /srv/link", True, id="name as opened"),
        pytest.param("evt.type = openat and fd.name = /srv/marker", True, id="real path"),
        pytest.param("evt.type = openat and evt.arg.flags contains O_CREAT", False, id="flags"),
        pytest.param("evt.type = execve and proc.args[1] = 'cat /srv/link'", True, id="argument"),
        pytest.param("evt.type = execve and proc.aname[2] = sshd", False, id="one creator"),
        pytest.param("evt.type = execve and proc.aname = sshd", True, id="any creator"),
        pytest.param("evt.type = connect and fd.sport = 9 and fd.sip = 127.0.0.1", True, id="peer"),
        pytest.param("evt.type = connect and fd.net = 127.0.0.0/8", True, id="network"),
        pytest.param("evt.type = connect and evt.res = ECONNREFUSED", True, id="result"),
        pytest.param("evt.type = connect and evt.failed = false", False, id="failure"),
    ],
)
def test_rules_say_of_a_recording_what_they_say_live(
    condition: str, fires: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every kind of field that the probe fills is there again."""
    text = rule("R", "x").replace("evt.type = openat and (x)", condition)
    settings = Settings(append_output=(AppendOutput(suggested_output=False),))
    player = Player(plan_of(text, settings), [Stdout(JsonLine())], "here")
    with RECORDED.open("rb") as stream:
        for item in lines.read(stream):
            player.take(item)
    assert player.tally.alerts == fires
    printed = capfd.readouterr().out.splitlines()
    assert [json.loads(line)["hostname"] for line in printed] == ["node-1"] * fires
