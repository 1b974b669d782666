"""An alert to test with: everything has a value, and a test names only what it is about."""

from typing import Any

import msgspec

from shikra.model.alert import Alert
from shikra.model.rule import Priority, RuleInfo

EXAMPLE = Alert(
    uuid="0199a0b0-0000-7000-8000-000000000001",
    time_ns=1_700_000_000_123_456_789,
    rule=RuleInfo(
        name="Read secret",
        priority=Priority.CRITICAL,
        source="syscall",
        tags=("T1552", "secrets"),
        description="A secret is read by a stranger.",
        revision="1",
    ),
    message="Secret read (user=root file=/mnt/secrets/db-password)",
    fields={"user.name": "root", "fd.name": "/mnt/secrets/db-password", "evt.rawres": 3},
    hostname="node-1",
    lineage=("sh", "runc"),
    matched_name="opened",
    matched_path="/mnt/secrets/db-password",
)


def alert(**changes: Any) -> Alert:
    """Return the example with these attributes changed; ``priority`` is its rule's."""
    priority = changes.pop("priority", EXAMPLE.rule.priority)
    rule = msgspec.structs.replace(EXAMPLE.rule, priority=priority)
    return msgspec.structs.replace(EXAMPLE, rule=rule, **changes)
