"""How far a rule may go is set while Shikra runs: a real container, whose readers are killed."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support import program, scenario, sensor
from support.pods import Output, Pods
from support.scenario import SECRETS, Application
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

CREDENTIAL = f"{SECRETS}/db-password"
RULE = "Foreign read"
RULES = f"""
- rule: {RULE}
  desc: d
  condition: >
    evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0
    and container.id != host and fd.name startswith {SECRETS}/
    and (not proc.in_init_tree = true or proc.name = cat)
  output: x (container=%container.id command=%proc.cmdline)
  priority: CRITICAL
  enforce: kill
"""
KILLED = 137
SOAK_SECONDS = 6


class Scene:
    """Shikra, controlled by its socket, and the application."""

    def __init__(self, shikra: Sensor, socket: Path, application: Application) -> None:
        """Stand for them."""
        self.shikra = shikra
        self.socket = socket
        self.application = application
        self.seen = 0

    def read(self) -> Output:
        """Read the credential as an intruder."""
        return self.application.container.exec("cat", CREDENTIAL)

    def told(self) -> dict[str, Any]:
        """Return the next alert of the rule."""
        container = self.application.container.id
        found = self.shikra.expect(container, RULE, {}, after=self.seen)
        self.seen = len(self.shikra.of(container, RULE))
        return found

    def control(self, *words: str) -> str:
        """Run ``shikra enforce``; return what it prints."""
        done = program.shikra("enforce", *words, "--socket", str(self.socket))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mode(self) -> tuple[str, str | None]:
        """Return the rule's mode, and what limits it."""
        (rule,) = json.loads(self.control("status", "--json"))["rules"]
        return rule["mode"], rule["limit"]

    def changes(self) -> list[str]:
        """Return the changes of modes that were told as alerts."""
        alerts = [line for line in list(self.shikra.alerts) if line["source"] == "internal"]
        return [change for line in alerts for change in line["output_fields"].get("changes", ())]

    def metrics(self) -> dict[str, float]:
        """Return the figures of enforcement, by action or mode."""
        (ready,) = [line for line in self.shikra.log if "metrics at " in line]
        url = ready.split("metrics at ")[1].split()[0]
        with urllib.request.urlopen(url) as response:  # noqa: S310  our own server
            text = response.read().decode()
        return {
            sample.labels.get("action", sample.labels.get("mode", "")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name in {"shikra_enforced_total", "shikra_enforce_mode"}
        }


@contextlib.contextmanager
def started(
    pods: Pods, folder: Path, more: Mapping[str, object], *, rule: str = RULES
) -> Iterator[tuple[Sensor, Path]]:
    """Start Shikra with the rule, and a control socket; rules act in this test's cgroup alone."""
    rules, socket = folder / "rules.yaml", folder / "control.sock"
    rules.write_text(rule)
    enforce = {
        "mode": "enforce",
        "only_cgroup": pods.engine.cgroup,
        **more,
    }
    settings = {"control_socket": str(socket), "enforce": enforce, "state_dir": str(folder)}
    with sensor.running(pods.engine.socket, "-r", str(rules), **settings) as shikra:
        yield shikra, socket


@pytest.fixture
def scene(pods: Pods, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Start Shikra, then the application, which reads on whatever happens."""
    with (
        started(pods, tmp_path, request.param) as (shikra, socket),
        scenario.running(pods) as application,
    ):
        yield Scene(shikra, socket, application)
        assert application.misses() == []
        application.wait_for_reads(1)


@pytest.mark.parametrize("scene", [pytest.param({}, id="enforced")], indirect=True)
def test_a_mode_is_switched_while_readers_come(scene: Scene) -> None:
    """A reader is killed before it has a byte, and isn't any more from when that is set."""
    assert scene.read() == Output(KILLED, b"", b"")
    alert = scene.told()
    assert (alert["action"], alert["mechanism"]) == ("killed", "signal")
    assert scene.mode() == ("enforce", None)

    changed = scene.control("set", "--rule", RULE, "observe")
    assert f'rule "{RULE}" from enforce to observe' in changed
    assert scene.read().stdout == scene.application.secret.password.encode()
    assert scene.told()["action"] == "would_kill"
    assert scene.mode() == ("observe", "rule")

    scene.control("set", "--rule", RULE, "off")
    assert scene.read().exit_code == 0
    assert "action" not in scene.told()

    scene.control("set", "--rule", RULE, "enforce")
    scene.control("set", "--namespace", scene.application.container.pod.namespace, "observe")
    assert scene.read().exit_code == 0
    assert scene.told()["action"] == "would_kill"
    scene.control("set", "--namespace", scene.application.container.pod.namespace, "enforce")
    assert scene.read() == Output(KILLED, b"", b"")

    assert len(scene.changes()) == 5
    assert scene.metrics() == {
        "killed": 2,
        "would_kill": 2,
        "held": 0,
        "kill_failed": 0,
        "enforce": 1,
    }
    log = scene.control("log").splitlines()
    assert [line.split()[1] for line in log] == ["killed", "would_kill", "would_kill", "killed"]
    assert f'command="cat {CREDENTIAL}"' in log[0]


@pytest.mark.parametrize(
    "scene", [pytest.param({"only_cgroup": "/shikra-nowhere"}, id="elsewhere")], indirect=True
)
def test_nothing_acts_outside_of_the_one_cgroup(scene: Scene) -> None:
    """Where rules are held to another cgroup, this container's readers live, and alerts say so."""
    assert scene.read().stdout == scene.application.secret.password.encode()
    assert "action" not in scene.told()


@pytest.mark.parametrize(
    "scene", [pytest.param({"soak_seconds": SOAK_SECONDS}, id="soaking")], indirect=True
)
def test_a_rule_acts_when_its_soak_is_over(scene: Scene) -> None:
    """A rule that soaks begins to act by itself, and that is told."""
    until(lambda: scene.mode() == ("enforce", None), "the soak to be over")
    assert scene.read() == Output(KILLED, b"", b"")
    until(lambda: scene.changes() == [f'rule "{RULE}" from observe to enforce'], "it to be told")


@pytest.mark.parametrize(
    "scene", [pytest.param({"brake": {"processes": 1}}, id="braked")], indirect=True
)
def test_a_rule_that_kills_the_applications_own_is_braked(scene: Scene) -> None:
    """A session may try as often as it likes; the application's own processes count."""
    for _ in range(5):
        assert scene.read().exit_code == KILLED
    assert scene.mode() == ("enforce", None)
    for command in (f"cat {CREDENTIAL}", f"cat -u {CREDENTIAL}"):
        scene.application.order(command)
    until(lambda: scene.mode() == ("observe", "brake"), "the brake")
    assert scene.read().exit_code == 0
    until(lambda: scene.changes() == [f'rule "{RULE}" from enforce to observe'], "it to be told")
    scene.control("set", "--rule", RULE, "enforce")
    assert scene.read().exit_code == KILLED


def test_a_restart_spares_the_application_and_no_intruder(pods: Pods, tmp_path: Path) -> None:
    """Of processes older than Shikra lineage is a guess, so they live; who comes in later dies."""
    with scenario.running(pods) as application:
        for _ in range(2):
            with started(pods, tmp_path, {}) as (shikra, socket):
                scene = Scene(shikra, socket, application)
                assert scene.read() == Output(KILLED, b"", b"")
                assert scene.told()["action"] == "killed"
                application.wait_for_reads(3)
        assert application.misses() == []


def test_denial_is_switched_while_readers_come(pods: Pods, tmp_path: Path) -> None:
    """A reader is refused, isn't any more from when that is set, and is again."""
    deny = RULES.replace("enforce: kill", "enforce: deny")
    with (
        started(pods, tmp_path, {}, rule=deny) as (shikra, socket),
        scenario.running(pods) as application,
    ):
        scene = Scene(shikra, socket, application)
        for _ in range(2):
            refused = scene.read()
            assert (refused.exit_code, refused.stdout) == (1, b"")
            assert b"not permitted" in refused.stderr
            assert scene.told()["action"] == "denied"
            scene.control("set", "--rule", RULE, "observe")
            assert scene.read().stdout == application.secret.password.encode()
            assert scene.told()["action"] == "would_deny"
            scene.control("set", "--rule", RULE, "enforce")
        assert scene.metrics()["denied"] == 2
        assert application.misses() == []
        application.wait_for_reads(1)
