"""
Find out who is in a container: which request to the API server let a session in.

In: alerts, in the order in which they are sent, of the kernel and of the audit log. Out: for each,
the updates that must follow it. The two are told by different clocks and arrive in any order, the
audit log's up to a minute later, so a request and a session of its pod belong together when they
began within a bounded time of each other; where the container or the command tell them apart, that
counts. Where more than one request is left, all are named and it is said: nothing is guessed. Pure,
and bounded: what was alerted about longest ago is forgotten first.
"""

import collections
from collections.abc import Iterator

import msgspec

from shikra.model.alert import Alert
from shikra.model.rule import Priority
from shikra.model.session import Entry, Session

WINDOW_NS = 10_000_000_000
MOST = 1_024
"""Sessions and entries that are remembered, each."""

MOST_ALERTS = 16
"""Alerts of a session that an update names: its first ones."""

MOST_CANDIDATES = 8
"""Requests that are named for one session."""


class Update(msgspec.Struct, frozen=True):
    """More is known of a session: who let it in, or who may have."""

    session: Session
    entries: tuple[Entry, ...]  # more than one: it isn't known which
    alerts: tuple[str, ...]  # of this session that were sent, by uuid
    priority: Priority  # the most severe of theirs


class _Seen(msgspec.Struct):
    session: Session
    priority: Priority
    alerts: list[str]
    told: frozenset[Entry] = frozenset()


class Sessions:
    """Compares what is alerted about with what was."""

    def __init__(self, window_ns: int = WINDOW_NS) -> None:
        """Begin with nothing known."""
        self._window_ns = window_ns
        self._seen: collections.OrderedDict[str, _Seen] = collections.OrderedDict()
        self._entries: collections.OrderedDict[Entry, None] = collections.OrderedDict()

    def take(self, alert: Alert) -> list[Update]:
        """Return what is known more since this alert."""
        if alert.entry is not None:
            return list(self._entered(alert.entry))
        if alert.session is not None:
            update = self._update(self._note(alert.session, alert))
            return [update] if update else []
        return []

    def _note(self, session: Session, alert: Alert) -> _Seen:
        seen = self._seen.get(session.id)
        if seen is None:
            seen = self._seen[session.id] = _Seen(session, alert.rule.priority, [])
        seen.session = session  # its container's metadata may have come late
        seen.priority = min(seen.priority, alert.rule.priority)
        if len(seen.alerts) < MOST_ALERTS:
            seen.alerts.append(alert.uuid)
        self._seen.move_to_end(session.id)
        _bound(self._seen)
        return seen

    def _entered(self, entry: Entry) -> Iterator[Update]:
        self._entries[entry] = None
        self._entries.move_to_end(entry)
        _bound(self._entries)
        for seen in list(self._seen.values()):
            if self._fits(seen.session, entry) and (update := self._update(seen)):
                yield update

    def _update(self, seen: _Seen) -> Update | None:
        """Return what is to be told of a session, if that is other than what was."""
        found = self._candidates(seen.session)
        if not found or seen.told.issuperset(found):
            return None
        seen.told = frozenset(found)
        return Update(seen.session, found, tuple(seen.alerts), seen.priority)

    def _candidates(self, session: Session) -> tuple[Entry, ...]:
        fitting = [entry for entry in self._entries if self._fits(session, entry)]
        same = [entry for entry in fitting if entry.command == session.command]
        return tuple((same or fitting)[:MOST_CANDIDATES])

    def _fits(self, session: Session, entry: Entry) -> bool:
        return (
            bool(entry.pod)
            and (entry.namespace, entry.pod) == (session.namespace, session.pod)
            and entry.container_name in ("", session.container_name)
            and abs(entry.at_ns - session.started_ns) <= self._window_ns
        )


def _bound(
    kept: collections.OrderedDict[str, _Seen] | collections.OrderedDict[Entry, None],
) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
