"""An EKS cluster's audit log is read whole and once, whatever AWS does meanwhile."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shikra.sources.audit.cloudwatch import CloudWatch, CloudWatchConfig
from shikra.sources.audit.cloudwatch_client import ClientConfig, LogsClient
from shikra.sources.audit.events import Decoder, Reason
from support import aws, pulling, waiting
from support.audited import document
from support.aws import Gate, LogGroup
from support.clocks import FastClock
from support.pulled import Collected, running, until

MS_NS = 1_000_000
FAST = 40


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Run moto's server for these tests."""
    with aws.moto() as url:
        yield url


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have credentials in the environment, and no others."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in aws.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def group(moto: str) -> Iterator[LogGroup]:
    """Make the log group of a new cluster."""
    group = LogGroup(moto, f"c-{uuid.uuid4().hex[:8]}")
    yield group
    group.close()


@pytest.fixture
async def gate(moto: str) -> AsyncIterator[Gate]:
    """Stand in front of moto."""
    async with Gate(moto).opened() as gate:
        yield gate


def now_ms() -> int:
    """Return the time."""
    return time.time_ns() // MS_NS


def text(audit_id: str) -> str:
    """Return an audit event as it stands in a log stream."""
    return json.dumps(document(auditID=audit_id))


def reading(
    group: LogGroup, url: str, collected: Collected, state: Path | None = None, **limits: float
) -> CloudWatch:
    """Return what reads a group, at this address."""
    config = CloudWatchConfig(cluster=group.cluster, buffer=3, state_dir=state)
    client = LogsClient(ClientConfig(group=config.group, endpoint_url=url, **limits))
    return CloudWatch(config, client, Decoder(), collected.put, FastClock(FAST))


async def test_events_are_read_to_the_last_page_and_once(group: LogGroup, gate: Gate) -> None:
    """All that a group holds comes, a buffer at once, and nothing comes with later polls."""
    group.put(now_ms() - 1000, *(text(str(number)) for number in range(25)))
    collected = Collected()
    async with running(reading(group, gate.url, collected)):
        await collected.wait_for(*map(str, range(25)))
        group.put(now_ms(), text("later"))
        await collected.wait_for("later")
        polls = len(gate.asked)
        await until(lambda: len(gate.asked) > polls + 10, "more polls")
    assert collected.ids == [*map(str, range(25)), "later"]
    assert max(len(batch.items) for batch in collected.batches) == 3


async def test_only_audit_streams_are_read(group: LogGroup, gate: Gate) -> None:
    """The prefix is asked for, and what another stream holds is left out nevertheless."""
    group.put(now_ms(), text("other"), stream="authenticator-0")
    group.put(now_ms(), text("audit"))
    collected = Collected()
    async with running(reading(group, gate.url, collected)):
        await collected.wait_for("audit")
    assert collected.ids == ["audit"]
    assert {asked["logStreamNamePrefix"] for asked in gate.asked} == {"kube-apiserver-audit"}


async def test_what_is_ingested_late_comes_too(group: LogGroup, gate: Gate) -> None:
    """An event older than what was read already isn't lost."""
    began_ms = now_ms()
    group.put(began_ms, text("newest"))
    collected = Collected()
    async with running(reading(group, gate.url, collected)):
        await collected.wait_for("newest")
        group.put(began_ms - 200_000, text("late"))
        await collected.wait_for("late")
    assert collected.ids == ["newest", "late"]


async def test_what_is_older_than_the_overlap_is_past(group: LogGroup, gate: Gate) -> None:
    """The first time, reading begins an overlap ago."""
    group.put(now_ms() - 400_000, text("old"))
    group.put(now_ms() - 200_000, text("recent"))
    collected = Collected()
    async with running(reading(group, gate.url, collected)):
        await collected.wait_for("recent")
    assert collected.ids == ["recent"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("ThrottlingException", "ThrottlingException", id="throttled"),
        pytest.param("ExpiredTokenException", "ExpiredTokenException", id="expired credentials"),
        pytest.param("ResourceNotFoundException", "ResourceNotFoundException", id="no group"),
        pytest.param("InvalidParameterException", "InvalidParameterException", id="an old token"),
        pytest.param("Odd\nCode {x}", "Odd_Code_x_", id="a code of odd letters"),
        pytest.param("500", "500", id="server error"),
        pytest.param("garbage", "NoEvents", id="no JSON"),
        pytest.param("hang up", "ConnectionClosedError", id="hung up"),
    ],
)
async def test_an_error_is_counted_and_tried_again(
    group: LogGroup, gate: Gate, fault: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After errors, also amid the pages of a poll, everything comes, once."""
    caplog.set_level(logging.INFO)
    group.put(now_ms() - 1000, *(text(str(number)) for number in range(20)))
    collected = Collected()
    way = reading(group, gate.url, collected)
    gate.faults += [fault, fault]
    async with running(way):
        await collected.wait_for("0")
        gate.faults += [fault]
        await collected.wait_for(*map(str, range(20)))
        await until(lambda: way.counts.total() >= 3, "the third error")
        group.put(now_ms(), text("after"))
        await collected.wait_for("after")
    assert way.counts == {reason: 3}
    assert sorted(collected.ids) == sorted([*map(str, range(20)), "after"])
    told = [record.getMessage() for record in caplog.records if "again" in record.getMessage()]
    assert ["tried again" in message for message in told][:2] == [True, False]


async def test_a_throttled_page_is_asked_for_again_not_the_whole_poll(
    group: LogGroup, gate: Gate
) -> None:
    """Under throttling a poll of many pages gets to its end."""
    group.put(now_ms() - 1000, *(text(str(number)) for number in range(20)))
    collected = Collected()
    way = reading(group, gate.url, collected)
    async with running(way):
        await until(lambda: gate.asked, "a request")
        gate.faults += ["ThrottlingException"] * 2
        await collected.wait_for(*map(str, range(20)))
    first_poll = [asked.get("nextToken") for asked in gate.asked[:5]]
    assert first_poll.count(None) < 3


async def test_one_who_doesnt_answer_is_given_up(group: LogGroup, gate: Gate) -> None:
    """An endpoint that takes a request and never answers costs a bounded time."""
    group.put(now_ms(), text("one"))
    collected = Collected()
    way = reading(group, gate.url, collected, answer_seconds=1.0)
    gate.faults += ["hang"]
    async with running(way):
        await collected.wait_for("one")
    assert way.counts.total() >= 1
    assert set(way.counts) <= {"NoAnswer", "ReadTimeoutError"}


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        pytest.param("AWS_ACCESS_KEY_ID", "NoCredentialsError", id="no credentials"),
        pytest.param("AWS_DEFAULT_REGION", "NoRegionError", id="no region"),
    ],
)
async def test_what_is_missing_may_come(
    group: LogGroup,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    reason: str,
) -> None:
    """Credentials or a region that aren't there yet are looked for again."""
    monkeypatch.delenv(missing)
    group.put(now_ms(), text("one"))
    collected = Collected()
    way = reading(group, gate.url, collected)
    async with running(way):
        await until(lambda: way.counts[reason], reason)
        monkeypatch.setenv(missing, aws.ENVIRONMENT[missing])
        await collected.wait_for("one")


async def test_nobody_there_is_tried_again(group: LogGroup, moto: str) -> None:
    """An address where nothing listens is counted, and asked when something does."""
    group.put(now_ms(), text("one"))
    gate = Gate(moto)
    async with gate.opened():
        url = gate.url
    collected = Collected()
    way = reading(group, url, collected)
    async with running(way):
        await until(lambda: way.counts["EndpointConnectionError"] > 1, "the second try")
    assert not collected.batches


async def test_a_pods_web_identity_is_who_asks(
    group: LogGroup, moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The token that EKS mounts into a pod is exchanged for credentials, as IRSA has it."""
    token = tmp_path / "token"
    token.write_text("a.b.c")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/shikra")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto)
    group.put(now_ms(), text("one"))
    collected = Collected()
    async with running(reading(group, moto, collected)):
        await collected.wait_for("one")


async def test_what_isnt_an_event_is_counted(group: LogGroup, gate: Gate) -> None:
    """A message that EKS cut, and one that is no audit event, are counted once and passed over."""
    cut = text("cut")[:300] + "[Truncated...]"
    group.put(now_ms(), cut, "hello", text("whole"))
    collected = Collected()
    async with running(reading(group, gate.url, collected)):
        await collected.wait_for("whole")
        polls = len(gate.asked)
        await until(lambda: len(gate.asked) > polls + 8, "a look at the whole window")
    assert collected.unread == [Reason.TRUNCATED, Reason.NOT_JSON]


async def test_two_replicas_tell_of_the_same_by_the_same_name(
    group: LogGroup, gate: Gate, tmp_path: Path
) -> None:
    """What two readers give of one log has equal identities, so alerts of it have equal ids."""
    group.put(now_ms(), *(text(str(number)) for number in range(9)))
    one, other = Collected(), Collected()
    first = reading(group, gate.url, one, tmp_path / "one")
    second = reading(group, gate.url, other, tmp_path / "other")
    async with running(first), running(second):
        for collected in (one, other):
            await collected.wait_for(*map(str, range(9)))
    assert sorted(map(str, one.identities)) == sorted(map(str, other.identities))
    assert len(set(one.identities)) == 9


async def test_a_restart_goes_on_where_it_ended(
    group: LogGroup, gate: Gate, tmp_path: Path
) -> None:
    """What was delivered doesn't come again, what wasn't does, and nothing is missed."""
    group.put(now_ms() - 1000, *(text(f"old {number}") for number in range(9)))
    collected = Collected()
    async with running(reading(group, gate.url, collected, tmp_path)):
        await collected.wait_for(*(f"old {number}" for number in range(9)))
    group.put(now_ms() - 500, text("undelivered"))
    lost = Collected(is_delivered=False)
    async with running(reading(group, gate.url, lost, tmp_path)):
        await lost.wait_for("undelivered")
    group.put(now_ms() - 800, text("while it was down"))
    again = Collected()
    async with running(reading(group, gate.url, again, tmp_path)):
        await again.wait_for("undelivered", "while it was down")
    assert lost.ids == ["undelivered"]
    assert sorted(again.ids) == ["undelivered", "while it was down"]


@contextlib.contextmanager
def program(group: LogGroup, url: str, folder: Path, what: str) -> Iterator[Path]:
    """Run a reader as a program of its own, killed at the end; yield what it writes."""
    out = folder / what
    words = [url, group.cluster, str(folder / "state"), str(out), what]
    process = subprocess.Popen([sys.executable, pulling.__file__, *words])  # noqa: S603
    try:
        waiting.until(out.exists, "the program", seconds=60)
        yield out
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_nothing_is_lost_when_it_is_killed(group: LogGroup, moto: str, tmp_path: Path) -> None:
    """Killed between poll and emission, and before word of delivery, all comes, by the same ids."""
    group.put(now_ms(), *(text(str(number)) for number in range(10)))
    with program(group, moto, tmp_path, "hold") as held:
        waiting.until(lambda: "held" in held.read_text(), "a poll", seconds=60)
    with program(group, moto, tmp_path, "emit") as emitted:
        waiting.until(lambda: lines(emitted) >= 10, "all events", seconds=60)
    with program(group, moto, tmp_path, "deliver") as delivered:
        waiting.until(lambda: lines(delivered) >= 10, "all events", seconds=60)
        state = tmp_path / "state/audit-cloudwatch.position"
        size = state.stat().st_size
        waiting.until(lambda: state.stat().st_size > size, "the position", seconds=60)
        group.put(now_ms(), text("last"))
        waiting.until(lambda: lines(delivered) >= 11, "the last event", seconds=60)
    assert sorted(emitted.read_text().split()) == sorted(delivered.read_text().split()[:10])
    assert lines(delivered) == 11


def lines(file: Path) -> int:
    """Return how many lines a file has."""
    return len(file.read_text().splitlines())
