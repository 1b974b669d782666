"""Shikra ends while it enforces, and starts again: who came meanwhile is known, and acted on."""

import contextlib
import json
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shikra.sources.kernel import pins
from support import program, scenario
from support.pods import Pods
from support.program import Running
from support.scenario import SECRETS, Application
from support.waiting import until

pytestmark = pytest.mark.containers

READ = f"""
    evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0
    and container.id != host and fd.name startswith {SECRETS}/"""
RULES = f"""
- rule: Foreign read
  desc: d
  condition: >{READ} and not proc.in_init_tree = true
  output: x (container=%container.id)
  priority: CRITICAL
  enforce: kill
- rule: Named read
  desc: d
  condition: >{READ} and proc.cmdline contains worker
  output: x (container=%container.id)
  priority: CRITICAL
  enforce: kill
- rule: Guessed read
  desc: d
  condition: >{READ} and proc.lineage_inferred = true
  output: x (container=%container.id)
  priority: CRITICAL
"""
SCRIPT = "/tmp/later.py"  # noqa: S108  the container's own
LATER = f"""
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.closerange(0, 3)
name = "/tmp/" + sys.argv[1]
open(name + ".waits", "w").close()
while not os.path.exists("/tmp/go"):
    time.sleep(0.02)
with open(name + ".tried", "w") as told:
    told.write(str(os.getpid()))
with open("{SECRETS}/db-password") as secret, open(name + ".read", "w") as copy:
    copy.write(secret.read())
"""
"""Reads the credential when it is told to, as an orphan that the first process adopted."""


class Place:
    """Where one test has its Shikras, one after the other."""

    def __init__(self, folder: Path, cgroup: str) -> None:
        """Keep lineage in a folder of its own."""
        self.pins = Path("/sys/fs/bpf", f"shikra-test-{uuid.uuid4().hex[:8]}")
        (folder / "rules.yaml").write_text(RULES)
        self.config = folder / "shikra.yaml"
        settings = {
            "rules_files": [str(folder / "rules.yaml")],
            "enforce": {"mode": "enforce", "only_cgroup": cgroup},
            "webserver": {"enabled": False},
        }
        self.config.write_text(yaml.safe_dump(settings))

    @contextlib.contextmanager
    def started(self) -> Iterator[Running]:
        """Have a Shikra until the block ends."""
        with program.running("-c", str(self.config), "-o", f"pin_dir={self.pins}") as shikra:
            yield shikra

    def kept(self) -> list[Path]:
        """Return what is kept."""
        return pins.places(self.pins)


@pytest.fixture
def place(pods: Pods, tmp_path: Path) -> Iterator[Place]:
    """Take everything away at the end."""
    made = Place(tmp_path, pods.engine.cgroup)
    yield made
    pins.remove(made.pins)
    if made.pins.exists():
        made.pins.rmdir()


def is_of(alert: dict[str, Any], application: Application) -> bool:
    """Whether it tells of this application: other tests have containers, too."""
    return bool(alert["output_fields"].get("container.id") == application.container.id[:12])


def inside(application: Application) -> Path:
    """Return its own ``/tmp``."""
    return Path("/proc", str(application.container.pid), "root/tmp")


def waiting(application: Application) -> None:
    """Have an orphan of a session, and one of the application, wait for their turn."""
    (inside(application) / "later.py").write_text(LATER)
    assert application.container.exec("python", SCRIPT, "stranger").exit_code == 0
    application.order(f"python {SCRIPT} worker")
    for name in ("stranger", "worker"):
        until((inside(application) / f"{name}.waits").exists, f"the {name}")


def read(application: Application, name: str) -> str:
    """Let all read; return what one of them got."""
    (inside(application) / "go").touch()
    until((inside(application) / f"{name}.tried").exists, f"the {name} to read")
    copy = inside(application) / f"{name}.read"
    with contextlib.suppress(TimeoutError):
        until(lambda: copy.exists() and copy.read_text(), "a copy", 2)
    return copy.read_text() if copy.exists() else ""


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked"])
def test_who_came_while_nobody_watched_is_known(
    ended_by: signal.Signals, place: Place, pods: Pods
) -> None:
    """A session's orphan dies at its first read, the application's own reads: none is guessed."""
    with contextlib.ExitStack() as stack:
        with place.started() as shikra:
            application = stack.enter_context(scenario.running(pods))
            shikra.process.send_signal(ended_by)
            shikra.process.wait(program.SECONDS)
            assert len(place.kept()) == 1
            waiting(application)
            application.wait_for_reads(1)
        with place.started() as again:
            assert any("lineage goes on" in line for line in again.messages.seen)
            assert read(application, "stranger") == ""
            assert read(application, "worker") == application.secret.password
            application.wait_for_reads(3)
            assert application.misses() == []
            assert again.stop() == 0
            told = {
                (one["rule"], one.get("action"))
                for one in map(json.loads, again.alerts.rest())
                if is_of(one, application)
            }
            # What it was executed with was read again: it may have changed that.
            assert told == {("Foreign read", "killed"), ("Named read", "held")}
    assert program.shikra("enforce", "release", "--pin-dir", str(place.pins)).returncode == 0
    assert place.kept() == []


def test_what_another_version_kept_is_no_knowledge(place: Place, pods: Pods) -> None:
    """Where records are laid out otherwise all that is older is guessed, and lives."""
    with contextlib.ExitStack() as stack:
        with place.started() as shikra:
            application = stack.enter_context(scenario.running(pods))
            shikra.process.kill()
            shikra.process.wait(program.SECONDS)
            waiting(application)
        (kept,) = place.kept()
        kept.rename(kept.with_name("lineage-0123456789abcdef"))
        with place.started() as again:
            assert any("another version's" in line for line in again.messages.seen)
            assert read(application, "stranger") == application.secret.password
            alert = again.alert(
                lambda one: one["rule"] == "Guessed read" and is_of(one, application)
            )
            assert alert["inferred"]
            assert [each.name for each in place.kept()] == [kept.name]


def test_nothing_is_kept_where_nothing_acts(place: Place) -> None:
    """While all rules are observed, an end leaves nothing in the kernel."""
    with place.started() as shikra:
        until(place.kept, "lineage to be kept")
        refused = program.shikra("enforce", "release", "--pin-dir", str(place.pins))
        assert refused.returncode == 1
        assert "a Shikra runs" in refused.stderr
        place.config.write_text(place.config.read_text().replace("mode: enforce", "mode: observe"))
        until(lambda: not place.kept(), "it not to be kept")
        assert shikra.stop() == 0
    assert place.kept() == []
