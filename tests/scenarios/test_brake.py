"""A rule that acts on more than it should is only observed: real containers, whose readers die."""

import contextlib
import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import program, runc, sensor
from support.pods import Pods
from support.runc import Bare
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

MOST_PODS, MOST_PROCESSES = 10, 3  # as it is set by default
REPEATS = 1_000
KILLED = 137
NAMES = ("Repeated", "Own", "Spread")
RULE = """
- rule: {0}
  desc: d
  condition: >
    evt.type in (open, openat) and evt.is_open_read = true and container.id != host
    and fd.name = /shikra-{0}
  output: x (container=%container.id)
  priority: CRITICAL
  enforce: kill
"""
APPLICATION = """
until [ -e /go ]; do sleep 0.05; done
i=0; while [ $i -lt {} ]; do cat /shikra-Own; i=$((i+1)); done
until [ -e /on ]; do sleep 0.05; done
cat /shikra-Own
sleep 2147483647
"""


class Scene:
    """Shikra, with a rule for each test."""

    def __init__(self, shikra: Sensor, socket: Path, run: Callable[..., Bare]) -> None:
        """Stand for it."""
        self.shikra = shikra
        self.socket = socket
        self.run = run

    def mode(self, rule: str) -> tuple[str, str | None]:
        """Return a rule's mode, and what limits it."""
        done = program.shikra("enforce", "status", "--json", "--socket", str(self.socket))
        assert done.returncode == 0, done.stderr
        (found,) = [one for one in json.loads(done.stdout)["rules"] if one["name"] == rule]
        return found["mode"], found["limit"]

    def acted(self, rule: str, action: str = "killed") -> int:
        """Return how often alerts say that a rule did this."""
        lines = [line for line in list(self.shikra.alerts) if line["rule"] == rule]
        return sum(line["count"] for line in lines if line.get("action") == action)

    def changes(self) -> list[str]:
        """Return the changes of modes that were told as alerts."""
        alerts = [line for line in list(self.shikra.alerts) if line["source"] == "internal"]
        return [change for line in alerts for change in line["output_fields"].get("changes", ())]

    def expect_brake(self, rule: str) -> None:
        """Wait for the rule to be observed, and for the alert that says so."""
        until(lambda: self.mode(rule) == ("observe", "brake"), "the brake", 20)
        told = f'rule "{rule}" from enforce to observe'
        until(lambda: told in self.changes(), "it to be told")


@pytest.fixture(scope="module")
def scene(pods: Pods, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Start Shikra; it acts in this test's containers alone."""
    folder = tmp_path_factory.mktemp("brake")
    rules, socket = folder / "rules.yaml", folder / "control.sock"
    rules.write_text("".join(map(RULE.format, NAMES)))
    enforce = {"mode": "enforce", "only_cgroup": pods.engine.cgroup}
    with (
        sensor.running(
            pods.engine.socket, "-r", str(rules), control_socket=str(socket), enforce=enforce
        ) as shikra,
        contextlib.ExitStack() as containers,
    ):
        run = lambda *command: containers.enter_context(runc.running(pods.engine, *command))  # noqa: E731
        yield Scene(shikra, socket, run)


def test_the_repeats_of_a_session_brake_nothing(scene: Scene) -> None:
    """Who entered a container may try as often as he likes, and dies each time."""
    script = f"i=0; while [ $i -lt {REPEATS} ]; do cat /shikra-Repeated; i=$((i+1)); done"
    scene.run().exec("sh", "-c", script)
    until(lambda: scene.acted("Repeated") == REPEATS, "all of it to be told", 30)
    assert scene.mode("Repeated") == ("enforce", None)


def test_too_many_of_an_applications_own_brake(scene: Scene) -> None:
    """As many as are allowed die, and one more; what follows would have."""
    script = APPLICATION.format(MOST_PROCESSES)
    application = scene.run("sh", "-c", script)
    application.exec("touch", "/go")
    until(lambda: scene.acted("Own") == MOST_PROCESSES, "as many as are allowed")
    assert scene.mode("Own") == ("enforce", None)
    application.exec("touch", "/on")
    scene.expect_brake("Own")
    assert scene.acted("Own") == MOST_PROCESSES + 1
    assert application.exec("cat", "/shikra-Own").returncode != KILLED
    until(lambda: scene.acted("Own", "would_kill") == 1, "what it would have done")


def test_too_many_pods_brake(scene: Scene) -> None:
    """A reader in one pod more than allowed is the last that dies of the rule."""
    read = shlex.split("cat /shikra-Spread")
    for _ in range(MOST_PODS):
        assert scene.run().exec(*read).returncode == KILLED
    until(lambda: scene.acted("Spread") == MOST_PODS, "all of them to be told")
    assert scene.mode("Spread") == ("enforce", None)
    last = scene.run()
    assert last.exec(*read).returncode == KILLED
    scene.expect_brake("Spread")
    assert last.exec(*read).returncode != KILLED
