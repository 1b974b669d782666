"""What the sensor sees in a container and what the API server says of it are one session."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from support import scenario, sensor
from support.audited import document
from support.pods import Pods
from support.posting import event_list, post
from support.scenario import Application
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

CREDENTIAL = "/mnt/secrets/db-password"
READ = "Vault secret read"
IDENTIFIED = "Shikra internal: session identified"
EXEC_RULE = """
- rule: Somebody entered
  desc: d
  condition: ka.target.subresource = exec and ka.stage = ResponseStarted
  output: exec of %ka.exec.command by %ka.user.name
  priority: WARNING
  source: k8s_audit
"""


@pytest.fixture(scope="module")
def application(pods: Pods) -> Iterator[Application]:
    """One application for all tests."""
    with scenario.running(pods) as application:
        yield application


@pytest.fixture(scope="module")
def shikra(
    pods: Pods, application: Application, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sensor]:
    """Shikra, watching the machine and taking audit events."""
    assert application.container.is_running()
    rules = tmp_path_factory.mktemp("rules") / "audit.yaml"
    rules.write_text(EXEC_RULE)
    webhook = {"enabled": True, "listen_port": 0}
    words = ("-r", "pack:vault-secrets", "-r", str(rules))
    with sensor.running(pods.engine.socket, *words, audit={"webhook": webhook}) as running:
        yield running


def port_of(shikra: Sensor) -> int:
    """Return the port of its webhook."""
    line = next(line for line in shikra.log if "the audit webhook at" in line)
    return int(line.split("://")[1].partition("/")[0].rpartition(":")[2])


def exec_of(user: str, *command: str) -> dict[str, Any]:
    """Return what the API server says of an exec that begins now."""
    words = "&".join(f"command={word}" for word in command)
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    return document(
        auditID=f"{user} {now}",
        stage="ResponseStarted",
        stageTimestamp=now,
        user={"username": user},
        requestURI=f"/api/v1/namespaces/test-dynamic/pods/app-7c9/exec?{words}",
        objectRef={
            "resource": "pods",
            "subresource": "exec",
            "namespace": "test-dynamic",
            "name": "app-7c9",
        },
    )


def identified(shikra: Sensor, session: str) -> list[sensor.Line]:
    """Return the updates on a session so far."""
    alerts = list(shikra.alerts)
    return [one for one in alerts if one["rule"] == IDENTIFIED and one["session"] == session]


def test_an_update_names_who_reads(application: Application, shikra: Sensor) -> None:
    """The alert leaves at once; when the audit log arrives, an update names user and address."""
    command = ("sh", "-c", f"head -c 3 {CREDENTIAL}; tail -c 3 {CREDENTIAL}")
    asked = exec_of("ann@example.org", *(word.replace(" ", "+") for word in command))
    application.container.exec(*command)
    found = shikra.expect_many(application.container.id, READ, {}, 2)
    sessions = {line["session"] for line in found}
    assert len(sessions) == 1
    (session,) = sessions
    assert identified(shikra, session) == []
    assert post(port_of(shikra), event_list(asked)) == 200
    (update,) = until(lambda: identified(shikra, session), "the update", 30)
    assert set(update["updates"]) == {line["uuid"] for line in found}
    assert update["priority"] == "Critical"
    fields = update["output_fields"]
    assert fields["ka.user.name"] == ["ann@example.org"]
    assert fields["ka.sourceips"] == ["192.0.2.7"]
    assert fields["ka.exec.command"] == [" ".join(command)]
    assert fields["k8s.pod.name"] == "app-7c9"


def test_what_the_application_does_is_no_session(application: Application, shikra: Sensor) -> None:
    """A process that the application was tricked into has no session: nobody came in."""
    before = len(shikra.of(application.container.id, READ))
    application.order(f"cat {CREDENTIAL}")
    found = shikra.expect(application.container.id, READ, {}, after=before)
    assert "session" not in found
