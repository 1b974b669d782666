"""
Put in words who let a session into a container, or who may have.

In: an update of what is known. Out: the rule that it is told by, the message and the fields.
"""

from collections.abc import Mapping

import msgspec

from shikra.alerts.sessions import Update
from shikra.model.alert import OutputValue
from shikra.model.rule import Priority, RuleInfo
from shikra.model.session import Entry

IDENTIFIED = RuleInfo(
    name="Shikra internal: session identified",
    priority=Priority.NOTICE,  # told with that of the most severe alert of the session
    source="internal",
    tags=(),
    description="The audit log says who is in a container of which the sensor alerted.",
    revision="1",
)


def rule(update: Update) -> RuleInfo:
    """Return the rule, as severe as what it tells more of: both go the same way."""
    return msgspec.structs.replace(IDENTIFIED, priority=update.priority)


def message(update: Update) -> str:
    """Say it in a sentence."""
    session = update.session
    people = " or ".join(map(_person, update.entries))
    sure = "" if len(update.entries) == 1 else "one of these, it isn't known which: "
    return (
        f"{IDENTIFIED.name}: session {session.id} in {session.namespace}/{session.pod},"
        f" which began with {session.command}, is {sure}{people}"
    )


def fields(update: Update) -> Mapping[str, OutputValue]:
    """Return what programs read: lists have an element for each who may have."""
    return {
        "container.id": update.session.container_id,
        "k8s.ns.name": update.session.namespace,
        "k8s.pod.name": update.session.pod,
        "ka.user.name": [entry.user for entry in update.entries],
        "ka.exec.command": [entry.command for entry in update.entries],
        "ka.sourceips": [", ".join(entry.source_ips) for entry in update.entries],
    }


def _person(entry: Entry) -> str:
    source = ", ".join(entry.source_ips) or "an unknown address"
    return f"{entry.user} from {source}: {entry.command}"
