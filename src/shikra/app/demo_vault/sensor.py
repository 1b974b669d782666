"""
Shikra beside the container: ``shikra run`` with a configuration made for this.

In: a folder for its files. Out: alerts, read from one as any other program would. It is a process
of its own, the same as everywhere.
"""

import collections
import json
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, assert_never

import msgspec

from shikra.app.demo_vault.judge import DemoMode, Told

START_SECONDS = 90.0  # the machine may be busy
STOP_SECONDS = 20.0
PAUSE_SECONDS = 0.1
GUARD_SECONDS = 30.0
READY = re.compile(r"metrics at (http://\S+)")
IN_KERNEL = re.compile(r'^shikra_enforce_mode\{.*mechanism="bpf_lsm".*\} 1', re.MULTILINE)
GUARDED = re.compile(r"^shikra_guarded_volumes [1-9]", re.MULTILINE)

# No runtime knows this container, so what it is called in Kubernetes stays unknown; what reads
# such a name is never sure, and nothing is enforced on what isn't.
SCOPE = """\
- macro: vault_scope
  condition: (container.id != host)
"""
# The pack asks for the rest itself.
MEANS = """\
- rule: Vault secret read
  enforce: {means}
  override: {{enforce: replace}}
"""

LIKELY_A_MISTAKE = 1_000_000
"""Processes of the application that are ended in a minute; here it's all that we came for."""

Json = dict[str, Any]


class SensorError(Exception):
    """Shikra doesn't run here; says what it said."""


class Settings(msgspec.Struct, frozen=True):
    """What Shikra is to do."""

    mode: DemoMode
    cgroup: str  # it acts nowhere else


class Sensor:
    """The running program."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Start it; ``close`` must follow."""
        self._alerts = folder / "alerts.jsonl"
        self._said: collections.deque[str] = collections.deque(maxlen=20)
        self._is_ready = threading.Event()
        self._metrics = ""  # where they are
        (folder / "rules.yaml").write_text(SCOPE + MEANS.format(means=_means(settings.mode)))
        (folder / "shikra.yaml").write_text(json.dumps(_configuration(folder, settings)))
        command = ("-m", "shikra.app.cli", "run", "--config", str(folder / "shikra.yaml"))
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt is ours, we end it
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def wait(self) -> None:
        """Return when it watches."""
        if not self._is_ready.wait(START_SECONDS) or self._process.poll() is not None:
            raise SensorError("Shikra doesn't start here:\n" + "\n".join(self._said))

    def wait_for_guard(self) -> None:
        """Return when opens in the container's volume are denied, as Shikra itself tells."""
        pause = threading.Event()
        for _ in range(round(GUARD_SECONDS / PAUSE_SECONDS)):
            if self._metrics:  # they are told after it watches
                with urllib.request.urlopen(self._metrics) as reply:  # noqa: S310  our own
                    told = reply.read().decode()
                if IN_KERNEL.search(told) or GUARDED.search(told):
                    return
            pause.wait(PAUSE_SECONDS)
        raise SensorError("Shikra doesn't guard the volume:\n" + "\n".join(self._said))

    def alerts(self, container_id: str) -> list[Told]:
        """Return the alerts about a container so far."""
        if self._process.poll() is not None:
            raise SensorError("Shikra has ended:\n" + "\n".join(self._said))
        lines = self._alerts.read_text().splitlines() if self._alerts.exists() else []
        complete = (_document(line) for line in lines)
        return [_told(alert) for alert in complete if _container(alert) == container_id[:12]]

    def close(self) -> None:
        """Stop it."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            self._said.append(line.rstrip())
            if ready := READY.search(line):
                self._metrics = ready[1]
                self._is_ready.set()
        self._is_ready.set()  # or it never will be


@contextmanager
def running(folder: Path, settings: Settings) -> Iterator[Sensor]:
    """Run Shikra for as long as the block lasts."""
    sensor = Sensor(folder, settings)
    try:
        sensor.wait()
        yield sensor
    finally:
        sensor.close()


def _means(mode: DemoMode) -> str:
    """Return what is asked for about a reader."""
    match mode:
        case DemoMode.OBSERVE | DemoMode.DENY:
            return "deny"
        case DemoMode.KILL:
            return "kill"
        case _:
            assert_never(mode)


def _configuration(folder: Path, settings: Settings) -> Json:
    """Return what its configuration file holds."""
    return {
        "rules_files": ["pack:vault-secrets", str(folder / "rules.yaml")],
        "metadata_wait_seconds": 0,
        "enforce": {
            "mode": "observe" if settings.mode is DemoMode.OBSERVE else "enforce",
            "only_cgroup": settings.cgroup,
            "brake": {"processes": LIKELY_A_MISTAKE},
        },
        "control_socket": "",  # nobody asks it anything
        "pin_dir": "",
        "state_dir": "",  # nobody starts it again
        "alert_limit": {"burst": 0},
        "stdout_output": {"enabled": False},
        "file_output": {"enabled": True, "filename": str(folder / "alerts.jsonl")},
        "json_output": True,
        "webserver": {"listen_port": 0},
    }


def _document(line: str) -> Json:
    with suppress(ValueError):  # it may be written just now
        document: Json = json.loads(line)
        return document
    return {}


def _container(alert: Json) -> object:
    return alert.get("output_fields", {}).get("container.id")


def _told(alert: Json) -> Told:
    fields = alert["output_fields"]
    return Told(
        at_ns=fields["evt.time"],
        rule=next(filter(str.isupper, alert["tags"]), alert["rule"]),
        command=str(fields.get("proc.cmdline")),
        is_entered=bool(fields.get("proc.entered")),
        count=alert["count"],
        action=alert.get("action"),
    )
