"""
One alert as one line of JSON: Falco's keys, sorted, and ours.

Ours are added beside Falco's, so a program that reads Falco's alerts reads these.
"""

import json
from collections.abc import Mapping

import msgspec

from shikra.alerts import escape
from shikra.alerts.line import Line
from shikra.model import when
from shikra.model.alert import Alert, OutputValue

Document = dict[str, OutputValue | dict[str, OutputValue]]

KEYS: Mapping[str, str] = {
    "hostname": "The machine, or what `FALCO_HOSTNAME` says.",
    "message": "The rule's output alone, if `json_include_message_property` asks for it.",
    "output": "Time, priority and the rule's output, as a line of text has them.",
    "output_fields": "The values that the output prints, by field; what is missing is null.",
    "priority": "The rule's.",
    "rule": "The rule's name.",
    "source": "What the event is of: `syscall`; alerts on Shikra itself have `internal`.",
    "tags": "The rule's, sorted.",
    "time": "When it happened, in UTC, to the nanosecond.",
}
"""Falco's keys, and what they hold."""

OWN_KEYS: Mapping[str, str] = {
    "action": (
        "What was done about it: `killed`, `denied`, `would_kill` or `would_deny` where enforcement"
        " is only observed, `held` where something wasn't sure or the process is one that is"
        " spared, `kill_failed`; left out where the rule doesn't enforce, or is switched off."
    ),
    "count": "How many alerts it stands for, those included that `alert_limit` held back before.",
    "inferred": (
        "Part of it is a guess: lineage that is older than the sensor, or a file whose name was cut"
        " or isn't known, so that the rule may have fired for nothing."
    ),
    "lineage": "Names of the process's creators up to the container's start, nearest first.",
    "matched_name": (
        "Which name of the file the rule matched: `opened`, as the process wrote it, `real`, as the"
        " container's first process knows it, `mounted`, as it was reached,"
        " or `resolved`, where its links led afterwards; null where the rule"
        " reads none, or nobody knows it."
    ),
    "matched_path": "That name.",
    "mechanism": "What did that: `signal`, `fanotify` or `bpf_lsm`; left out where nothing did.",
    "metadata_missing": "What the container's runtime knows didn't come in time.",
    "session": (
        "Of what happened in a container by a process that came in from outside, or that one"
        " created: a name that all alerts of that session share. Left out otherwise."
    ),
    "summary": (
        "It stands for alerts that weren't told one by one, and repeats the last one that was."
    ),
    "truncated": "Something of it was longer than is kept, or gone before it could be read.",
    "updates": (
        "Alerts, by their `uuid`, of which this one tells more: who let the session in, as soon as"
        " the audit log says so. Left out otherwise."
    ),
    "uuid": "The alert's own name, version 7, so it sorts by time.",
}
"""Ours, beside those."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Which of Falco's optional keys are printed (``json_include_*_property``)."""

    output: bool = True
    message: bool = False
    output_fields: bool = True
    tags: bool = True


class JsonLine:
    """An object a line; safe to show on a terminal."""

    def __init__(self, parts: Parts | None = None, *, iso_8601: bool = False) -> None:
        """Fix what is printed and how the time in ``output`` looks."""
        self._parts = parts or Parts()
        self._line = Line(iso_8601=iso_8601)
        self._time_field = "evt.time.iso8601" if iso_8601 else "evt.time"

    def __call__(self, alert: Alert) -> str:
        """Return the object, without a line end."""
        text = json.dumps(self._document(alert), ensure_ascii=False, sort_keys=True)
        return escape.escape(text)  # what is unprintable stands in strings alone

    def _document(self, alert: Alert) -> Document:
        document: Document = {
            "count": alert.count,
            "hostname": alert.hostname,
            "inferred": alert.is_inferred,
            "lineage": list(alert.lineage),
            "matched_name": alert.matched_name,
            "matched_path": alert.matched_path,
            "metadata_missing": alert.metadata_missing,
            "priority": alert.rule.priority.title,
            "rule": alert.rule.name,
            "source": alert.rule.source,
            "summary": alert.is_summary,
            "time": when.utc(alert.time_ns),
            "truncated": alert.is_truncated,
            "uuid": alert.uuid,
        }
        if alert.action:
            document["action"] = alert.action.value
        if alert.mechanism:
            document["mechanism"] = alert.mechanism.value
        if alert.session:
            document["session"] = alert.session.id
        if alert.updates:
            document["updates"] = list(alert.updates)
        if self._parts.output:
            document["output"] = self._line(alert)
        if self._parts.message:
            document["message"] = escape.escape(alert.message)
        if self._parts.output_fields:
            document["output_fields"] = {**alert.fields, self._time_field: alert.time_ns}
        if self._parts.tags:
            document["tags"] = list(alert.rule.tags)
        return document
