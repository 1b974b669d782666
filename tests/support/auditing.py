"""``shikra audit``, run as its users run it."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

from support import program


class Auditing:
    """``shikra audit --json``, reading."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it reads."""
        assert process.stderr is not None
        assert process.stdout is not None
        self.process = process
        self.alerts = program.Lines(process.stdout)
        self.messages = program.Lines(process.stderr)
        self.ready = self.messages.until(lambda line: "reading " in line)

    @property
    def port(self) -> int:
        """The port of its webhook."""
        return int(self.ready.split("://")[1].partition("/")[0].rpartition(":")[2])

    def metrics(self) -> str:
        """Return the address of its metrics."""
        line = self.messages.until(lambda line: "metrics at" in line)
        return line.split("metrics at ")[1].strip()

    def alert(self) -> dict[str, Any]:
        """Return the next alert."""
        found: dict[str, Any] = json.loads(self.alerts.until(lambda _: True))
        return found

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self.process.wait(program.SECONDS)


@contextlib.contextmanager
def auditing(*words: str) -> Iterator[Auditing]:
    """Run it with these words until the end of the context."""
    free = ("-o", "webserver.listen_port=0", "-o", "audit.webhook.listen_port=0")
    with program.started("audit", "--json", *free, *words) as process:
        yield Auditing(process)
