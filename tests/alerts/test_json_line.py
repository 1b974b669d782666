"""Alerts as JSON."""

import json
import time

import pytest

from shikra.alerts.json_line import KEYS, OWN_KEYS, JsonLine, Parts
from shikra.model.enforcement import Action, Mechanism
from support.alerts import alert
from support.visits import SESSION

GOLDEN = (
    '{"count": 1, "hostname": "node-1", "inferred": false, "lineage": ["sh", "runc"],'
    ' "matched_name": "opened", "matched_path": "/mnt/secrets/db-password",'
    ' "metadata_missing": false,'
    ' "output": "22:13:20.123456789: Critical Secret read'
    ' (user=root file=/mnt/secrets/db-password)",'
    ' "output_fields": {"evt.rawres": 3, "evt.time": 1700000000123456789,'
    ' "fd.name": "/mnt/secrets/db-password", "user.name": "root"},'
    ' "priority": "Critical", "rule": "Read secret", "source": "syscall", "summary": false,'
    ' "tags": ["T1552", "secrets"], "time": "2023-11-14T22:13:20.123456789Z",'
    ' "truncated": false, "uuid": "0199a0b0-0000-7000-8000-000000000001"}'
)


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the time zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_json_is_falcos_and_ours() -> None:
    """Falco's keys and ours, sorted, one object a line."""
    assert JsonLine()(alert()) == GOLDEN


def test_every_key_is_described() -> None:
    """The reference says what each key holds, and of no key that there isn't."""
    full = alert(
        action=Action.DENIED, mechanism=Mechanism.FANOTIFY, session=SESSION, updates=("u",)
    )
    document = json.loads(JsonLine(Parts(message=True))(full))
    assert document["session"] == SESSION.id
    assert document.keys() == {*KEYS, *OWN_KEYS}
    assert KEYS.keys().isdisjoint(OWN_KEYS)


@pytest.mark.parametrize("action", Action)
def test_what_was_done_is_told_with_what_did_it(action: Action) -> None:
    """An alert of a rule that enforces says what became of the match, and by what."""
    document = json.loads(JsonLine()(alert(action=action, mechanism=Mechanism.SIGNAL)))
    assert (document["action"], document["mechanism"]) == (action.value, "signal")


def test_a_rule_that_only_alerts_has_no_action() -> None:
    """Nothing is said of actions where there are none."""
    assert {"action", "mechanism"}.isdisjoint(json.loads(JsonLine()(alert())))


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        pytest.param(Parts(output=False), {"output": False}, id="no output"),
        pytest.param(Parts(output_fields=False), {"output_fields": False}, id="no output fields"),
        pytest.param(Parts(tags=False), {"tags": False}, id="no tags"),
        pytest.param(Parts(message=True), {"message": True}, id="message"),
    ],
)
def test_optional_keys_follow_the_configuration(parts: Parts, keys: dict[str, bool]) -> None:
    """Each optional key is there exactly when it is asked for."""
    document = json.loads(JsonLine(parts)(alert()))
    assert {key: key in document for key in keys} == keys


def test_iso_time_is_named_as_such() -> None:
    """With ISO times the field that holds the time is Falco's ``evt.time.iso8601``."""
    document = json.loads(JsonLine(iso_8601=True)(alert()))
    assert document["output"].startswith("2023-11-14T22:13:20.123456789+0000: Critical")
    assert document["output_fields"]["evt.time.iso8601"] == 1_700_000_000_123_456_789


HOSTILE = 'x\n\x00\x1b[2J\x7f\x9b\u202e\u2028"\\ü\udcff\ufffd'


def test_hostile_text_stays_json_and_harmless() -> None:
    """Values survive exactly; the line holds nothing that a terminal obeys."""
    text = JsonLine()(alert(fields={"fd.name": HOSTILE}, message=HOSTILE))
    document = json.loads(text)
    assert document["output_fields"]["fd.name"] == HOSTILE
    assert text.isprintable()
    assert text.encode()
    assert document["output"].isprintable()


def test_a_long_command_line_is_one_line() -> None:
    """A command line of 128 KiB and a path of 4,096 bytes make one whole line."""
    fields = {"proc.cmdline": "a" * 131_072, "fd.name": "/" + "b" * 4_095}
    assert json.loads(JsonLine()(alert(fields=fields)))["output_fields"]["fd.name"].endswith("b")
