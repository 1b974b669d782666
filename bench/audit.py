"""
Measure how many audit events a second Shikra takes by its webhook, and whether it loses any.

First batches as fast as they are answered; then 50,000 events spread over a minute. Each is
evaluated by the pack ``k8s-audit`` and the audit rules of ``runtime``. Prints a table and keeps it
in RESULTS.md.
"""

import contextlib
import http.client
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import audit_events
import results

SHIKRA = Path(sys.executable).with_name("shikra")
FAST = 40_000
BURST, BURST_SECONDS = 50_000, 60.0
WORDS = ["-r", "pack:runtime", "-r", "pack:k8s-audit", "-o", "audit.webhook.enabled=true"]
WORDS += ["-o", "audit.webhook.listen_port=0", "-o", "webserver.listen_port=0"]


class Server:
    """A running ``shikra audit``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Wait until it reads."""
        if process.stderr is None:
            raise RuntimeError("no pipe")
        self._pid = process.pid
        ready = next(line for line in process.stderr if "reading " in line)
        self.rules = ready.rpartition(", ")[2].strip()
        self._port = int(re.findall(r":(\d+)/k8s-audit", ready)[0])
        metrics = next(line for line in process.stderr if "metrics at" in line)
        self._metrics = int(re.findall(r":(\d+)/metrics", metrics)[0])
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

    def post(self, batch: bytes) -> int:
        """Send a batch; return the status of the answer."""
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/k8s-audit?timeout=30s", batch, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def figure(self, name: str) -> float:
        """Return the sum of a metric's values."""
        connection = http.client.HTTPConnection("127.0.0.1", self._metrics, timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return sum(
            float(one) for one in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)
        )

    def evaluated(self) -> float:
        """Return how many events were evaluated."""
        return self.figure("shikra_audit_events_total") - self.figure("shikra_audit_waiting_events")

    def cpu_s(self) -> float:
        """Return how much CPU time it has used."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Run it for as long as the block lasts."""
    with subprocess.Popen(
        [SHIKRA, "audit", *WORDS], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


def send(server: Server, count: int, over_s: float) -> tuple[float, float, int]:
    """Send so many events; return the time and CPU time until all were evaluated, and the 429s."""
    made = list(audit_events.batches(count))
    began, cpu_s, refused = time.monotonic(), server.cpu_s(), 0
    for number, batch in enumerate(made):
        time.sleep(max(0.0, began + over_s * number / len(made) - time.monotonic()))
        while (status := server.post(batch)) == http.client.TOO_MANY_REQUESTS:
            refused += 1
            time.sleep(0.05)  # as the API server does, which keeps the batch
        if status != http.client.OK:
            raise RuntimeError(f"answered with {status}")
    while server.evaluated() < count:
        time.sleep(0.02)
    return time.monotonic() - began, server.cpu_s() - cpu_s, refused


def main() -> None:
    """Measure, print and keep."""
    lines = [
        "| | events a second | of a core | a second on one core | sent again after 429 | lost |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    rules = ""
    for name, count, over_s in (
        ("as fast as they are answered", FAST, 0.0),
        ("50,000 events in a minute", BURST, BURST_SECONDS),
    ):
        with running() as server:
            rules = server.rules
            took_s, cpu_s, refused = send(server, count, over_s)
            lost = count - server.figure("shikra_audit_events_total")
        lines.append(
            f"| {name} | {count / took_s:,.0f} | {cpu_s / took_s:.0%} | {count / cpu_s:,.0f}"
            f" | {refused} | {lost:.0f} |"
        )
    results.keep(
        "Audit events by the webhook",
        f"Batches of {audit_events.BATCH} by HTTP from one connection, evaluated by {rules}; one"
        " event in twenty makes a pod and has its whole specification twice.",
        lines,
    )


if __name__ == "__main__":
    main()
