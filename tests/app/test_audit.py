"""``shikra audit``: from what an API server sends to alerts."""

import contextlib
import gzip
import json
import socket
import ssl
import time
import urllib.request
from pathlib import Path

import pytest
import trustme

from support import aws, program, shared
from support.audit_logs import AuditLog, line
from support.audited import document
from support.auditing import auditing
from support.posting import event_list, post

RULES = """
- rule: Secret deleted
  desc: d
  condition: ka.verb = delete and ka.target.resource = secrets and ka.stage = ResponseComplete
  output: secret %ka.target.name deleted by %ka.user.name from %ka.sourceips
  priority: ERROR
  source: k8s_audit
- rule: Something opened
  desc: not for whom reads the audit log alone
  condition: evt.type = openat
  output: x
  priority: ERROR
"""
DELETED = document(verb="delete", objectRef={"resource": "secrets", "name": "db"})
ON = ("-o", "audit.webhook.enabled=true")


@pytest.fixture
def rules(tmp_path: Path) -> tuple[str, str]:
    """Return the words that load the rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return "-r", str(path)


def test_a_posted_event_gives_an_alert(rules: tuple[str, str]) -> None:
    """An event that an API server sends gives the rule's alert, and figures."""
    with auditing(*ON, *rules) as shikra:
        assert post(shikra.port, event_list(document(), DELETED)) == 200
        alert = shikra.alert()
        assert alert["rule"] == "Secret deleted"
        assert alert["source"] == "k8s_audit"
        assert alert["output_fields"]["ka.user.name"] == "ann@example.org"
        assert alert["output"].endswith("secret db deleted by ann@example.org from (192.0.2.7)")
        with urllib.request.urlopen(shikra.metrics()) as answer:  # noqa: S310  its own address
            figures = answer.read().decode()
        assert 'shikra_audit_events_total{way="webhook"} 2.0' in figures
        assert 'shikra_rule_matches_total{priority="Error",rule="Secret deleted"' in figures
        assert "Something opened" not in figures
        assert shikra.stop() == 0


def test_an_event_that_comes_twice_has_one_name(rules: tuple[str, str]) -> None:
    """Two replicas, or one that was started again, give the alert of an event the same id."""
    uuids = []
    for _ in range(2):
        with auditing(*ON, *rules) as shikra:
            assert post(shikra.port, event_list(DELETED, DELETED)) == 200
            uuids.append(shikra.alert()["uuid"])
            shikra.stop()
            assert not any("uuid" in line for line in shikra.alerts.rest()[1:])
    assert uuids[0] == uuids[1]


def test_what_was_taken_is_evaluated_before_it_ends(rules: tuple[str, str]) -> None:
    """A batch that was answered with 200 isn't lost when Shikra is told to stop."""
    with auditing(*ON, *rules, "-o", "alert_limit.burst=0") as shikra:
        batch = event_list(*(DELETED | {"auditID": str(number)} for number in range(2_000)))
        assert post(shikra.port, batch) == 200
        assert shikra.stop() == 0
        assert len(shikra.alerts.rest()) == 2_000


def test_a_log_file_is_read_on_after_a_restart(rules: tuple[str, str], tmp_path: Path) -> None:
    """Events that are written to a log while nobody reads it give alerts later."""
    log = AuditLog(tmp_path)
    said = {key: DELETED[key] for key in ("verb", "objectRef")}
    settings = (f"file.path={log.path}", "file.from_start=true", f"state_dir={tmp_path}/state")
    words = [word for setting in settings for word in ("-o", f"audit.{setting}")]
    with auditing(*words, *rules) as shikra:
        log.append(line("first", **said))
        assert shikra.alert()["rule"] == "Secret deleted"
        assert shikra.stop() == 0
    log.append(line("while it was down", **said))
    log.rename()
    log.append(line("behind the rotation", **said))
    with auditing(*words, *rules) as shikra:
        uuids = {shikra.alert()["uuid"] for _ in range(2)}
        with urllib.request.urlopen(shikra.metrics()) as answer:  # noqa: S310  its own address
            figures = answer.read().decode()
        assert 'shikra_audit_fetch_incidents_total{reason="rotated",way="file"} 1.0' in figures
        assert shikra.stop() == 0
    assert len(uuids) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param((), "audit.webhook.enabled", id="no way in"),
        pytest.param(
            (*ON, "-o", "audit.webhook.certificate=/nothing.pem"),
            "audit.webhook.certificate: /nothing.pem",
            id="no certificate",
        ),
        pytest.param((*ON, "-o", "audit.webhook.client_ca=/nothing.pem"), "needs TLS", id="no TLS"),
        pytest.param((*ON, "-o", "audit.webhook.key=/nothing.pem"), "needs TLS", id="a key alone"),
        pytest.param((*ON, "-o", "audit.webhook.path=x"), "audit.webhook.path", id="no path"),
        pytest.param(
            (*ON, "-o", "audit.webhook.token_file=/nothing"), "token_file: /nothing", id="no token"
        ),
        pytest.param(
            (*ON, "-o", "audit.webhook.token_file=/dev/null"), "is empty", id="an empty token"
        ),
    ],
)
def test_what_cannot_start_says_why(words: tuple[str, ...], said: str) -> None:
    """What is set wrongly is said with the setting's name."""
    ended = program.shikra("audit", "-o", "webserver.listen_port=0", *words)
    assert ended.returncode == 1
    assert said in ended.stderr


def test_who_lets_everybody_in_is_told(rules: tuple[str, str]) -> None:
    """A webhook that is reached from elsewhere and asks for nothing says so."""
    words = (*ON, "-o", "audit.webhook.listen_address=0.0.0.0")
    with auditing(*words, *rules) as shikra:
        assert any("can invent events" in line for line in shikra.messages.seen)


def test_a_taken_port_is_told(rules: tuple[str, str]) -> None:
    """A port that another has is named, with the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = program.shikra(
            "audit",
            "-o",
            "webserver.enabled=no",
            *ON,
            "-o",
            f"audit.webhook.listen_port={port}",
            *rules,
        )
    assert ended.returncode == 1
    assert f"the audit webhook can't be served at 127.0.0.1:{port}" in ended.stderr
    assert "audit.webhook.listen_address" in ended.stderr


class Authority:
    """Certificates of a test's own."""

    def __init__(self, folder: Path) -> None:
        """Make a server's and a client's."""
        self.ca = trustme.CA()
        self.certificate = folder / "server.pem"
        self.root = folder / "ca.pem"
        self.ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
            self.certificate
        )
        self.ca.cert_pem.write_to_path(self.root)

    def client(self, *, has_certificate: bool) -> ssl.SSLContext:
        """Return what a client uses."""
        context = ssl.create_default_context(cafile=self.root)
        if has_certificate:
            self.ca.issue_cert("api@example.org").configure_cert(context)
        return context

    @property
    def words(self) -> tuple[str, ...]:
        """The settings of the server."""
        certificate = f"audit.webhook.certificate={self.certificate}"
        return (*ON, "-o", certificate, "-o", f"audit.webhook.client_ca={self.root}")


def test_a_client_needs_its_certificate(rules: tuple[str, str], tmp_path: Path) -> None:
    """Where clients' certificates are asked for, only who has one is listened to, and by TLS."""
    authority = Authority(tmp_path)
    with auditing(*authority.words, *rules) as shikra:
        assert "https://" in shikra.ready
        batch = event_list(DELETED)
        with pytest.raises(OSError, match=r"."):
            post(shikra.port, batch, tls=authority.client(has_certificate=False))
        assert post(shikra.port, batch, tls=authority.client(has_certificate=True)) == 200
        assert shikra.alert()["rule"] == "Secret deleted"
        stranger = trustme.CA()
        context = authority.client(has_certificate=False)
        stranger.issue_cert("eve@example.org").configure_cert(context)
        with pytest.raises(OSError, match=r"."):
            post(shikra.port, batch, tls=context)


def test_what_a_real_server_sends_is_evaluated(tmp_path: Path) -> None:
    """Batches of a real API server, by TLS and with a token, give the packs' alerts."""
    lines = shared.shared_data("data/k8s-audit/real-v1.36.jsonl").read_text().splitlines()
    authority = Authority(tmp_path)
    token = tmp_path / "token"
    token.write_text("secret-7")
    words = (*authority.words, "-o", f"audit.webhook.token_file={token}", "-r", "pack:runtime")
    tls = authority.client(has_certificate=True)
    allowed = {"Authorization": "Bearer secret-7"}
    events = [json.loads(line) for line in lines]
    with auditing(*words) as shikra:
        assert post(shikra.port, event_list(*events), tls=tls) == 401
        for start in range(0, len(events), 20):
            batch = event_list(*events[start : start + 20])
            packed = gzip.compress(batch)
            headers = {**allowed, "Content-Encoding": "gzip"}
            assert post(shikra.port, packed, tls=tls, headers=headers) == 200
        assert shikra.stop() == 0
        alerts = [json.loads(line) for line in shikra.alerts.rest()]
    entered = [one for one in alerts if one["rule"] == "Runtime K8s exec into pod"]
    ways = [
        (one["output_fields"]["ka.target.subresource"], one["output_fields"]["ka.verb"])
        for one in entered
    ]
    assert sorted(ways) == [
        ("attach", "get"),
        ("ephemeralcontainers", "patch"),
        ("exec", "create"),
        ("exec", "get"),
        ("portforward", "get"),
    ]
    commands = {one["output_fields"]["ka.exec.command"] for one in entered}
    assert commands == {"id", "cat /etc/shadow", None}
    assert any(one["rule"] == "Runtime K8s privileged pod created" for one in alerts)


def test_rules_are_reloaded_while_it_reads(rules: tuple[str, str]) -> None:
    """A changed rule file counts from the next event on."""
    with auditing(*ON, *rules) as shikra:
        Path(rules[1]).write_text(RULES.replace("secrets", "pods"))
        shikra.messages.until(lambda line: "reloaded" in line)
        assert post(shikra.port, event_list(DELETED, document(verb="delete", auditID="b"))) == 200
        assert shikra.alert()["output_fields"]["ka.target.name"] == "cart"


@pytest.mark.kernel
def test_a_sensor_takes_audit_events_too(rules: tuple[str, str]) -> None:
    """``shikra run`` with the webhook on gives alerts of both sources."""
    free = ("-o", "webserver.listen_port=0", "-o", "audit.webhook.listen_port=0")
    with program.running(*free, *ON, *rules) as shikra:
        line = shikra.messages.until(lambda line: "the audit webhook at" in line)
        port = int(line.split("://")[1].partition("/")[0].rpartition(":")[2])
        assert post(port, event_list(DELETED)) == 200
        alert = shikra.alert(lambda alert: alert["source"] == "k8s_audit")
        assert alert["rule"] == "Secret deleted"
        assert shikra.alert(lambda alert: alert["source"] == "syscall")
        assert json.dumps(alert)
        assert shikra.stop() == 0


def test_an_orderly_restart_repeats_nothing(rules: tuple[str, str], tmp_path: Path) -> None:
    """Every event of a log gives its alert once, though reading is stopped amid it."""
    log = AuditLog(tmp_path)
    said = {key: DELETED[key] for key in ("verb", "objectRef")}
    for number in range(3_000):
        log.append(line(f"{number}", **said))
    settings = (f"file.path={log.path}", "file.from_start=true", f"state_dir={tmp_path}/state")
    words = [word for setting in settings for word in ("-o", f"audit.{setting}")]
    words += ["-o", "alert_limit.burst=0"]
    with auditing(*words, *rules) as shikra:
        shikra.alert()
        assert shikra.stop() == 0
        first = shikra.alerts.rest()
    log.append(line("last", **said))
    with auditing(*words, *rules) as shikra:
        for _ in range(3_001 - len(first)):
            shikra.alert()
        assert shikra.stop() == 0
        second = shikra.alerts.rest()
    uuids = [json.loads(alert)["uuid"] for alert in first + second]
    assert len(set(uuids)) == len(uuids) == 3_001


def test_an_eks_cluster_is_read_and_a_kill_loses_nothing(
    rules: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in CloudWatch gives alerts; killed at any time, they come again by the same ids."""
    for name, value in aws.ENVIRONMENT.items():
        monkeypatch.setitem(program.ENVIRONMENT, name, value)
    with aws.moto() as url, contextlib.closing(aws.LogGroup(url, "shop")) as group:
        texts = [json.dumps(DELETED | {"auditID": str(number)}) for number in range(20)]
        group.put(time.time_ns() // 1_000_000, *texts)
        settings = (
            "cloudwatch.cluster=shop",
            f"cloudwatch.endpoint_url={url}",
            "cloudwatch.poll_seconds=1",
            f"state_dir={tmp_path}/state",
        )
        words = [word for setting in settings for word in ("-o", f"audit.{setting}")]
        with auditing(*words, *rules) as shikra:
            first = shikra.alert()["uuid"]
            shikra.process.kill()
            before = [json.loads(one)["uuid"] for one in shikra.alerts.rest()]
        with auditing(*words, *rules) as shikra:
            uuids = {first, *before}
            while len(uuids) < len(texts):
                uuids.add(shikra.alert()["uuid"])
            assert shikra.stop() == 0
    assert len(uuids) == len(texts)
