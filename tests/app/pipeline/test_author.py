"""Alerts written for rules that fired."""

from typing import Any

import pytest

from shikra.app.pipeline import author
from shikra.app.pipeline.evaluate import evaluate
from shikra.model.alert import Alert
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.event import Event, FileName, NameKind
from support.events import POD, opened, plan_of, rule

PLAN = plan_of(rule("Read", "fd.name startswith /secret/", "%proc.name read %fd.name"))


def alert_of(event: Event, container: Container = POD) -> Alert:
    """Return the alert that an event gives in a container."""
    event.container = container
    (match,) = evaluate(event, PLAN)
    return author.alert(match, PLAN, "node-1")


def test_an_alert_says_what_happened() -> None:
    """Message, fields, time, machine, lineage and the name that matched are the event's."""
    alert = alert_of(opened("/link", "/secret/a"))
    assert alert.message.startswith("cat read /link container_id=0123456789ab ")
    assert alert.message.endswith(" fd_realpath=/secret/a")
    assert alert.fields["k8s.pod.name"] == "web-1"
    assert alert.fields["fd.name"] == "/link"
    assert alert.fields["fd.realpath"] == "/secret/a"
    assert alert.time_ns == 1_700_000_000_000_000_000
    assert alert.lineage == ("sh", "app")
    assert (alert.hostname, alert.matched_name, alert.count) == ("node-1", "real", 1)
    assert alert.rule == PLAN.rules[0].info


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        pytest.param(NameKind.MOUNTED, " (mounted at /secret/a)", id="mounted"),
        pytest.param(NameKind.ALIAS, " (also known as /secret/a)", id="alias"),
        pytest.param(NameKind.INODE, " (the same file as /secret/a)", id="inode"),
        pytest.param(NameKind.RESOLVED, " (by its links /secret/a)", id="resolved"),
    ],
)
def test_a_name_that_no_field_has_is_told(kind: NameKind, end: str) -> None:
    """Where neither the name as opened nor the real one matched, the alert says which did."""
    event = opened("/link", "/b")
    event.other_names = (FileName(kind, b"/secret/a"),)
    alert = alert_of(event)
    assert alert.message.endswith(f" fd_realpath=/b{end}")
    assert (alert.matched_name, alert.matched_path) == (kind.value, "/secret/a")


def test_alerts_have_different_names() -> None:
    """Two alerts of the same moment aren't taken for one."""
    event = opened("/secret/a")
    assert alert_of(event).uuid != alert_of(event).uuid


def test_names_that_are_no_text_are_replaced() -> None:
    """A path and a name of any bytes make an alert; what isn't UTF-8 is U+FFFD."""
    event = opened("/secret/a")
    event.path = event.real_path = b"/secret/\xff\x1b"
    assert event.process is not None
    assert event.process.creator is not None
    event.process.creator.name = b"\xfe"
    alert = alert_of(event)
    assert alert.fields["fd.name"] == "/secret/\ufffd\x1b"
    assert alert.lineage == ("\ufffd", "app")


@pytest.mark.parametrize(
    ("knowledge", "is_missing"),
    [
        pytest.param(Knowledge.KNOWN, False, id="known"),
        pytest.param(Knowledge.UNKNOWN, True, id="unknown"),
        pytest.param(Knowledge.PENDING, True, id="not known yet"),
    ],
)
def test_missing_metadata_is_said(knowledge: Knowledge, is_missing: bool) -> None:
    """An alert without its container's metadata says so."""
    container = Container(key=1, full_id="ab", knowledge=knowledge)
    assert alert_of(opened("/secret/a"), container).metadata_missing == is_missing


def test_the_host_has_no_metadata_to_miss() -> None:
    """Outside of containers nothing is missing."""
    assert not alert_of(opened("/secret/a"), HOST).metadata_missing


@pytest.mark.parametrize(
    ("event_cut", "process_cut", "inferred", "expected"),
    [
        pytest.param(False, False, False, (False, False), id="all there"),
        pytest.param(True, False, False, (True, False), id="path cut"),
        pytest.param(False, True, False, (True, False), id="command line cut"),
        pytest.param(False, False, True, (False, True), id="lineage guessed"),
    ],
)
def test_what_was_cut_or_guessed_is_said(
    event_cut: bool, process_cut: bool, inferred: bool, expected: Any
) -> None:
    """An alert is never more certain than what it rests on."""
    event = opened("/secret/a")
    assert event.process is not None
    event.is_cut = event_cut
    event.process.is_cut = process_cut
    event.process.is_inferred = inferred
    alert = alert_of(event)
    assert (alert.is_truncated, alert.is_inferred) == expected


def test_a_match_by_a_name_that_may_be_another_is_inferred() -> None:
    """Who reads an alert sees that the rule may have fired for nothing."""
    event = opened("/elsewhere")
    event.is_real_path_unsure = event.is_cut = True
    alert = alert_of(event)
    assert (alert.is_truncated, alert.is_inferred, alert.matched_name) == (True, True, "real")
