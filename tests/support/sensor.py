"""
Shikra as its users run it: the command, watching this machine, its alerts read line by line.

It watches everything, so a test asks for the alerts of containers that it made.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from support.waiting import until

ROOT = Path(__file__).parents[2]
READY = "watching"
SECONDS = 30  # machines may be busy; only a failure waits this long
Line = dict[str, Any]


class Sensor:
    """A running ``shikra run --json``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Read what it prints from now on."""
        self._process = process
        self.alerts: list[Line] = []
        self.log: list[str] = []
        self._threads = [
            threading.Thread(target=self._read_alerts, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def of(self, container: str, rule: str | None = None) -> list[Line]:
        """Return the alerts so far of a container (its id, or the start of it)."""
        return [
            line
            for line in list(self.alerts)
            if line["output_fields"].get("container.id") == container[:12]
            and rule in (None, line["rule"])
        ]

    def expect(self, container: str, rule: str, fields: Line, *, after: int = 0) -> Line:
        """
        Wait for an alert whose output fields include these.

        The first ``after`` alerts of this rule and container aren't looked at.
        """
        return self.expect_many(container, rule, fields, 1, after=after)[0]

    def expect_many(
        self, container: str, rule: str, fields: Line, count: int, *, after: int = 0
    ) -> list[Line]:
        """Wait for this many of them; a summary counts for those that it tells of."""

        def found() -> list[Line] | None:
            lines = [line for line in self.of(container, rule)[after:] if _says(line, fields)]
            return lines if sum(line["count"] for line in lines) >= count else None

        try:
            return until(found, f"{count} {rule} in {container[:12]} with {fields}", SECONDS)
        except TimeoutError as error:
            error.add_note("\n".join(line["output"] for line in self.alerts[-8:]))
            raise

    def metrics(self, of: str) -> dict[str, float]:
        """Return the figures now whose names begin like this."""
        address = next(line.split("metrics at ")[1] for line in self.log if "metrics at " in line)
        with urllib.request.urlopen(address, timeout=SECONDS) as reply:  # noqa: S310  our own
            lines = reply.read().decode().splitlines()
        found = (line.rpartition(" ") for line in lines if line.startswith(of))
        return {name: float(value) for name, _, value in found}

    def close(self) -> int:
        """Interrupt it and return its exit code."""
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        for thread in self._threads:
            thread.join(5)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        return code

    def is_ready(self) -> bool:
        """Whether it has said what it watches; fails if it has ended instead."""
        if self._process.poll() is not None:
            raise AssertionError("\n".join(self.log))
        return any(READY in line for line in self.log)

    def _read_alerts(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.alerts.append(json.loads(line))

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log.append(line.rstrip("\n"))


def _says(line: Line, fields: Line) -> bool:
    return all(line["output_fields"].get(key) == fields[key] for key in fields)


@contextlib.contextmanager
def running(socket: Path, *arguments: str, **settings: object) -> Iterator[Sensor]:
    """Run it for as long as the block lasts, asking the runtime at this socket."""
    configuration = {
        "container_sockets": [str(socket)],
        "webserver": {"listen_port": 0},
        "control_socket": "",
        "state_dir": "",
        "pin_dir": "",
        **settings,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shikra.yaml")
        path.write_text(yaml.safe_dump(configuration))
        process = subprocess.Popen(
            [sys.executable, "-m", "shikra.app.cli", "run", "--json", "-c", str(path), *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        sensor = Sensor(process)
        try:
            until(sensor.is_ready, "shikra to be ready", 90)
            yield sensor
        finally:
            code = sensor.close()
    assert code == 0, sensor.log
