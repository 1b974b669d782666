"""What rules would have done to what was recorded."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from shikra.app import simulate
from shikra.app.prepare import Request
from shikra.app.simulate import Judge, Simulation
from shikra.model.enforcement import Action
from shikra.sources.replay import flat
from support import program
from support.events import plan_of, rule

READ = {
    "evt.type": "openat",
    "fd.name": "/mnt/secrets/key",
    "proc.cmdline": "cat /mnt/secrets/key",
    "proc.pid": 10,
    "proc.in_init_tree": False,
    "container.id": "0123456789ab",
    "container.name": "app",
}
NAMED = "fd.name startswith /mnt/secrets/"


def judged(rules: str, *events: dict[str, Any], enforces_host: bool = False) -> Judge:
    """Return a judge who has seen these events."""
    judge = Judge(plan_of(rules), enforces_host=enforces_host)
    for event in events:
        judge.take(flat.read(event))
    return judge


@pytest.mark.parametrize("means", ["kill", "deny"])
def test_matches_are_counted_by_container_and_command(means: str) -> None:
    """What would have been done stands once, with how often and to how many processes."""
    rules = rule("Read", NAMED, more=f"  enforce: {means}\n") + rule("Other", NAMED)
    other = {**READ, "proc.pid": 11}
    elsewhere = {**READ, "container.name": "web", "k8s.pod.name": "web-1", "k8s.ns.name": "shop"}
    unmatched = {**READ, "fd.name": "/etc/hosts"}
    tally = judged(rules, READ, READ, other, elsewhere, unmatched).tally
    first, second = tally.rows()
    assert first.action is second.action is Action(f"would_{means}")
    assert (first.rule, first.container, first.command) == ("Read", "app", READ["proc.cmdline"])
    assert (tally.times[first], tally.processes(first)) == (3, 2)
    assert (second.container, tally.times[second]) == ("shop/web-1", 1)
    assert tally.events == 5


FIRST = {**READ, "proc.in_init_tree": True, "proc.lineage": []}


@pytest.mark.parametrize(
    ("event", "condition", "why"),
    [
        pytest.param({**READ, "container.id": "host"}, NAMED, "on the host", id="host"),
        pytest.param(
            {**READ, "proc.lineage_inferred": True}, NAMED, "its lineage is a guess", id="inferred"
        ),
        pytest.param(FIRST, NAMED, "the container's first process", id="first process"),
        pytest.param({**FIRST, "proc.lineage": ["app"]}, NAMED, "", id="its child"),
        pytest.param(
            {**READ, "container.name": None},
            f"{NAMED} and not k8s.ns.name = x",
            "its container wasn't known",
            id="metadata that is asked for",
        ),
        pytest.param({**READ, "container.name": None}, NAMED, "", id="metadata that nobody asks"),
    ],
)
def test_who_is_spared_is_held_with_the_reason(
    event: dict[str, Any], condition: str, why: str
) -> None:
    """Nothing would have been done to whom enforcement spares."""
    (done,) = judged(rule("Read", condition, more="  enforce: kill\n"), event).tally.rows()
    assert done.held_because == why
    assert done.action is (Action.HELD if why else Action.WOULD_KILL)


def test_who_is_asked_for_isnt_spared() -> None:
    """A rule may include the first process, and a machine its host."""
    more = "  enforce: kill\n  include_init: true\n"
    (done,) = judged(rule("Read", NAMED, more=more), FIRST).tally.rows()
    assert done.action is Action.WOULD_KILL
    host = {**READ, "container.id": "host"}
    (done,) = judged(rule("Read", NAMED, more=more), host, enforces_host=True).tally.rows()
    assert done.action is Action.WOULD_KILL


@pytest.mark.parametrize(
    ("asks", "means", "is_held"),
    [
        pytest.param("proc.name = cat", "kill", False, id="of itself alone"),
        pytest.param("proc.pname = sh", "kill", True, id="of its creator"),
        pytest.param("proc.name = cat", "deny", True, id="to deny"),
    ],
)
def test_on_the_host_a_guess_holds_who_asks_for_it(asks: str, means: str, *, is_held: bool) -> None:
    """All that runs there was created by what is older than the sensor."""
    names = {"proc.name": "cat", "proc.pname": "sh", "proc.lineage_inferred": True}
    event = {**READ, **names, "container.id": "host"}
    rules = rule("Read", f"{NAMED} and {asks}", more=f"  enforce: {means}\n")
    (done,) = judged(rules, event, enforces_host=True).tally.rows()
    assert (done.action is Action.HELD) == is_held


@pytest.fixture(name="simulated")
def _simulated(tmp_path: Path) -> "Simulated":
    return Simulated(tmp_path)


class Simulated:
    """Runs the command on rules and events."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder."""
        self._folder = folder

    def __call__(self, rules: str, events: str, *, is_json: bool = False) -> int:
        """Return the exit code."""
        (self._folder / "rules.yaml").write_text(rules)
        (self._folder / "events").write_text(events)
        asked = Simulation(
            events=str(self._folder / "events"),
            request=Request(rules=(str(self._folder / "rules.yaml"),)),
            environment={},
            is_json=is_json,
        )
        return simulate.simulate(asked, Console())


DENIED = rule("Read", NAMED, more="  enforce: deny\n")


def test_a_line_for_programs_a_row(
    simulated: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody looks, rows are fields between tabs, in which nothing acts on a terminal."""
    hostile = {**READ, "proc.cmdline": "cat\t\x1b[2J"}
    assert simulated(DENIED, json.dumps(hostile) + "\n{\n") == 0
    (line,) = capsys.readouterr().out.splitlines()
    row = ["1", "1", "would_deny", "Read", "app", r"cat\t\u001b[2J"]
    assert line.split("\t") == row


def test_what_depends_on_the_machine_is_said(
    simulated: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recording doesn't know what can deny where the rule will run."""
    either = rule("Read", NAMED, more="  enforce: [deny, kill]\n")
    assert simulated(either, json.dumps(READ) + "\n") == 0
    assert "\twould_deny, else would_kill\t" in capsys.readouterr().out


def test_json_holds_the_same(simulated: Simulated, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has each row with its counts, and how much was read."""
    assert simulated(DENIED, json.dumps(READ) + "\n{\n", is_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "events": 1,
        "malformed": 1,
        "matches": [
            {
                "action": "would_deny",
                "otherwise": None,
                "held_because": "",
                "rule": "Read",
                "container": "app",
                "command": "cat /mnt/secrets/key",
                "times": 1,
                "processes": 1,
            }
        ],
    }


@pytest.mark.parametrize(
    ("rules", "events", "said"),
    [
        pytest.param(rule("R", NAMED), "", "none of the rules enforces", id="only alerts"),
        pytest.param(DENIED, "{\n", "holds no events", id="no events"),
        pytest.param(
            rule("R", "fd.name regex a+", more="  enforce: kill\n"),
            "",
            "SHIKRA_CANT_ENFORCE",
            id="a rule that can't",
        ),
    ],
)
def test_where_there_is_nothing_to_simulate_it_fails(
    rules: str, events: str, said: str, simulated: Simulated, caplog: pytest.LogCaptureFixture
) -> None:
    """A table without rows would be taken for good news."""
    assert simulated(rules, events) == 1
    assert said in caplog.text


def test_the_command_simulates(tmp_path: Path) -> None:
    """Rules stand first, events are an option; neither root nor a kernel is needed."""
    rules, events = tmp_path / "rules.yaml", tmp_path / "events"
    rules.write_text(DENIED)
    events.write_text(json.dumps(READ) + "\n")
    done = program.shikra("enforce", "simulate", str(rules), "--events", str(events))
    assert done.returncode == 0
    assert done.stdout == "1\t1\twould_deny\tRead\tapp\tcat /mnt/secrets/key\n"
    assert "1 event, 1 would_deny" in done.stderr
